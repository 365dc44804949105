import './model.css';
import type { ModelViewApi } from '../../src/protocol/modelView.ts';
import { connect } from '../common/connection.ts';
import { DEFAULT_STATE, ModelPage, type ModelPageState } from './modelPage.ts';

const root = document.querySelector('main');
if (root) new ModelPage(root, connect<ModelViewApi, ModelPageState>(DEFAULT_STATE)).start();

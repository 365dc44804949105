import './find.css';
import type { FindViewApi } from '../../src/protocol/findView.ts';
import { connect } from '../common/connection.ts';
import { DEFAULT_STATE, FindPage, type FindPageState } from './findPage.ts';

const root = document.querySelector('main');
if (root) new FindPage(root, connect<FindViewApi, FindPageState>(DEFAULT_STATE)).start();

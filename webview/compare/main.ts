import './compare.css';
import type { CompareViewApi } from '../../src/protocol/compareView.ts';
import { connect } from '../common/connection.ts';
import { ComparePage, type ComparePageState, DEFAULT_STATE } from './comparePage.ts';

const root = document.querySelector('main');
if (root) new ComparePage(root, connect<CompareViewApi, ComparePageState>(DEFAULT_STATE)).start();

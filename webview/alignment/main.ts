import './alignment.css';
import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import { connect } from '../common/connection.ts';
import { AlignmentPage } from './alignmentPage.ts';
import { type AlignmentPageState, DEFAULT_STATE } from './pageState.ts';

const root = document.querySelector('main');
if (root) new AlignmentPage(root, connect<AlignmentViewApi, AlignmentPageState>(DEFAULT_STATE)).start();

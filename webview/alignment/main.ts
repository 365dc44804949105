import './alignment.css';
import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import { connect } from '../common/connection.ts';
import { AlignmentPage, type AlignmentPageState, DEFAULT_STATE } from './alignmentPage.ts';

const root = document.querySelector('main');
if (root) new AlignmentPage(root, connect<AlignmentViewApi, AlignmentPageState>(DEFAULT_STATE)).start();

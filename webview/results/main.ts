import './results.css';
import type { ResultsViewApi } from '../../src/protocol/resultsView.ts';
import { connect } from '../common/connection.ts';
import { DEFAULT_STATE, ResultsPage, type ResultsPageState } from './resultsPage.ts';

const root = document.querySelector('main');
if (root) new ResultsPage(root, connect<ResultsViewApi, ResultsPageState>(DEFAULT_STATE)).start();

import './ranking.css';
import type { RankingViewApi } from '../../src/protocol/rankingView.ts';
import { connect } from '../common/connection.ts';
import { DEFAULT_STATE, RankingPage, type RankingPageState } from './rankingPage.ts';

const root = document.querySelector('main');
if (root) new RankingPage(root, connect<RankingViewApi, RankingPageState>(DEFAULT_STATE)).start();

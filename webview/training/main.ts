import './training.css';
import type { TrainingViewApi } from '../../src/protocol/trainingView.ts';
import { connect } from '../common/connection.ts';
import { DEFAULT_STATE, TrainingPage, type TrainingPageState } from './trainingPage.ts';

const root = document.querySelector('main');
if (root) new TrainingPage(root, connect<TrainingViewApi, TrainingPageState>(DEFAULT_STATE)).start();

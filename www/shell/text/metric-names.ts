// Names of the metrics, which are the same in every language.

export const METRIC_NAMES = {
  recall_5: 'Recall@5',
  recall_10: 'Recall@10',
  recall_20: 'Recall@20',
  recall_40: 'Recall@40',
  ndcg_5: 'NDCG@5',
  ndcg_10: 'NDCG@10',
  ndcg_20: 'NDCG@20',
  ndcg_40: 'NDCG@40',
  mrr: 'MRR',
}

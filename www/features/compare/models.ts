// The models that can be set side by side: remedies for a collapse by family, and what they are measured against.
//
// In: nothing. Out: for each of them the name that the worker and the command line take. Some are presets, with the settings of their
// works; the others put one remedy alone on the plain VAE, whose latent space collapses on the example.

/** One view and the textbook's KL weight from the first step. */
const PLAIN = 'beta-vae+objective.kl_weight=1'
const two = `${PLAIN}+view.mode=model+objective.contrast_weight=1`

export const FAMILIES = [
  { family: 'plain', models: [{ id: 'plain', model: PLAIN }] },
  {
    family: 'weakerKl',
    models: [
      { id: 'betaVae', model: 'beta-vae' },
      { id: 'cyclical', model: `${PLAIN}+objective.kl_schedule=cyclical+objective.kl_annealing_steps=320` },
      { id: 'freeBits', model: `${PLAIN}+objective.free_bits=0.1` },
      { id: 'vsan', model: 'vsan' },
      { id: 'vaecf', model: 'vaecf' },
      { id: 'recvae', model: 'recvae' },
      { id: 'recvaeSequential', model: 'recvae-sequential' },
      { id: 'composite', model: `${PLAIN}+objective.prior=composite` },
    ],
  },
  {
    family: 'information',
    models: [
      { id: 'infoNce', model: two },
      { id: 'alignUniform', model: `${two}+objective.contrast=align_uniform` },
      { id: 'alignUniformLight', model: 'align-uniform' },
      { id: 'duorec', model: 'duorec' },
    ],
  },
  {
    family: 'empiricalBayes',
    models: [
      { id: 'adaptive', model: `${PLAIN}+objective.prior=adaptive` },
      { id: 'adaptiveLight', model: 'adaptive-prior' },
      { id: 'bivaecf', model: 'bivaecf' },
    ],
  },
  {
    family: 'contrastVae',
    models: [
      { id: 'dataViews', model: 'contrastvae-data' },
      { id: 'modelViews', model: 'contrastvae-model' },
      { id: 'variationalViews', model: 'contrastvae-variational' },
      { id: 'variationalDataViews', model: 'contrastvae-variational-data' },
    ],
  },
  {
    family: 'yardsticks',
    models: [
      { id: 'sasrec', model: 'sasrec' },
      { id: 'popularity', model: 'popularity' },
      { id: 'markov', model: 'markov' },
      { id: 'itemKnn', model: 'item_knn' },
      { id: 'ease', model: 'ease' },
    ],
  },
] as const

export type Family = (typeof FAMILIES)[number]['family']
export type ModelId = (typeof FAMILIES)[number]['models'][number]['id']

/** What is ticked at first: the illness, a remedy of each family, and both ends of the scale. */
export const USUAL: readonly ModelId[] = ['plain', 'betaVae', 'infoNce', 'adaptiveLight', 'modelViews', 'sasrec', 'popularity', 'markov']

const entries = FAMILIES.flatMap(({ family, models }) =>
  models.map(({ id, model }) => ({ id: id as ModelId, model: model as string, family: family as Family })),
)

export const modelOf = (id: ModelId): string => entries.find((entry) => entry.id === id)?.model ?? id

/** Which of these a model is; nothing for one that was asked for by name. */
export const entryOf = (model: string) => entries.find((entry) => entry.model === model)

/** All ids in the order of the families. */
export const IDS: readonly ModelId[] = entries.map(({ id }) => id)

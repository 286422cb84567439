// Messages between page and worker. @generated from the Rust types by `cargo xtask build`; changes belong there.

/** The answer to a command, under its name. */
export type Answer =
  /** The configuration was taken. */
  | {
      to: 'configure'
      config: Config
    }
  | {
      to: 'estimate'
      size: RunSize
    }
  | {
      to: 'probe'
      /** Seconds that a step of the default configuration took, the quickest of a few. */
      step_seconds: number
      /** Its floating-point operations, as `RunSize` counts them. */
      step_work: number
    }
  /** How fast this device trains. */
  | {
      to: 'time_steps'
      speed: Speed
    }
  /** Losses of the same steps on the CPU and on the device of this worker. */
  | {
      to: 'check_device'
      cpu: LossTerms[]
      device: LossTerms[]
      /** Largest difference of a loss, as a share of the CPU's; absent if one is no number. */
      largest_difference: number | null
      /** Whether that is rounding. */
      agrees: boolean
    }
  | {
      to: 'baselines'
      baselines: BaselineMetrics[]
      seconds: number
    }
  /** Work of a comparison, and the rows that are there already. */
  | {
      to: 'estimate_comparison'
      /** Models and seeds in all. */
      total: number
      /** Those that are not done yet. */
      left: number
      /** Floating-point operations of these, as `RunSize` counts them. */
      work: number
      comparison: Comparison
      rows: Row[]
    }
  /** All models of the comparison are done. */
  | {
      to: 'compare'
      comparison: Comparison
      rows: Row[]
    }
  /** The test items ranked by the best weights on validation, which stood after this epoch. */
  | {
      to: 'test'
      epoch: number
      metrics: Metrics
      seconds: number
    }
  | {
      to: 'recommend'
      items: Recommendation[]
    }
  /** Why an item has its score. */
  | {
      to: 'explain'
      explanation: Explanation
    }
  /** Where the model looks. */
  | {
      to: 'attention'
      attention: Attention
    }
  /** All lists are made. */
  | {
      to: 'lists'
      users: number
      /** Lines that were written. */
      rows: number
      /** Identifiers of users that the log does not have. */
      unknown: string[]
      /** Of these lists, beyond their accuracy. */
      measures: BeyondAccuracy
      seconds: number
    }
  /** The lists of the baselines are measured. */
  | {
      to: 'list_baselines'
      rows: ListMeasures[]
    }
  /** The table is made. */
  | {
      to: 'similar_items'
      /** Lines that were written. */
      rows: number
      seconds: number
    }
  /** The users that are nearest, nearest first. */
  | {
      to: 'nearest_users'
      users: NearUser[]
    }
  /** The key of the pseudonyms. */
  | {
      to: 'pseudonyms'
      /** A table of two columns, as text. */
      key: Uint8Array
      /** Users who had no pseudonym before. */
      added: number
    }
  /** The users that were found. */
  | {
      to: 'find_users'
      users: FoundUser[]
      /** How many there are in all. */
      total: number
    }
  /** The identifiers of users, in the order of the question; empty for a number that nobody has. */
  | {
      to: 'name_users'
      ids: string[]
    }
  /** Latents as they are. All matrices are row-major. */
  | {
      to: 'vectors'
      what: LatentKind
      epoch: number
      step: number
      /** Width of a row. */
      dimensions: number
      /** How many users or items there are; of more than were asked for, evenly spaced ones are here. */
      total: number
      /** Item or user index of each row. */
      indices: Uint32Array
      /** Item embeddings, or posterior means. */
      mean: Float32Array
      /** Logarithms of posterior variances; empty for items and where the model is deterministic. */
      log_variance: Float32Array
      /** Latents of the first view; empty where they were not asked for or there is one view. */
      first_view: Float32Array
      /** Latents of the second view. */
      second_view: Float32Array
      /** As in `Latents`. */
      genre: Int32Array
      /** As in `Latents`. */
      popularity: Float32Array
      /** As in `Latents`. */
      frequency: Int32Array
    }
  /** Where a history lies. */
  | {
      to: 'posterior'
      epoch: number
      step: number
      mean: Float32Array
      /** Empty where the model is deterministic. */
      log_variance: Float32Array
    }
  /** A model is kept to compare with, as it was then. */
  | {
      to: 'pin'
      epoch: number
      step: number
    }
  /** The log after the filters, as text. */
  | {
      to: 'clean'
      bytes: Uint8Array
    }
  /** The run as a zip archive of `model.safetensors` and `run.json`, as the command line takes and writes it. */
  | {
      to: 'checkpoint'
      /** Name of the data. */
      data: string
      /** Epochs that are complete. */
      epoch: number
      step: number
      /** How long making it kept the run waiting. */
      seconds: number
      bytes: Uint8Array
    }
  /** A command that has no other answer was done. */
  | { to: 'done' }

/** A file of a zip archive. */
export interface ArchiveEntry {
  /** Its path in the archive. */
  name: string
  /** Its size when it is unpacked. */
  bytes: number
}

/** Attention of the last position. */
export interface Attention {
  /** Place in the history, from 0, of the first item that the model sees. */
  from: number
  /** Blocks in the order in which they are passed; empty if the model has none, as those of bags. */
  layers: AttentionLayer[]
}

/** Attention of one block. */
export interface AttentionLayer {
  part: AttentionPart
  /** Number of the block within its network, from 1. */
  layer: number
  /** Weight of each item that the model sees, oldest first, mean over the heads; they add up to 1. */
  weights: number[]
}

/** Network that a block belongs to. */
export type AttentionPart =
  /** The encoder of the posterior mean. */
  | 'encoder'
  /** The decoder behind the latents. */
  | 'decoder'

/** Information of the dimensions about one attribute, in nats. */
export interface AttributeGap {
  /** Its name, such as `genre=Comedy`. */
  attribute: string
  /** Dimension that is tied to it; `None` if none is. */
  tied: number | null
  /** Dimension that knows most of it. */
  best: number
  /** Information of the best dimension. */
  best_information: number
  /** Information of the second best. */
  second_information: number
  /** Information of the tied dimension; `None` if none is tied. */
  tied_information: number | null
  /** Entropy of the attribute's classes. */
  entropy: number
  /** Difference of best and second over the entropy; `None` if the attribute is the same for all users. */
  gap: number | null
}

/** Mutual information gap of the attributes. */
export interface AttributeGaps {
  /** Mean of the attributes' gaps (MIG), 0 to 1; `None` if none has one. */
  mean_gap: number | null
  /** Classes that a dimension is cut into. */
  bins: number
  /** Classes that an attribute is cut into at most. */
  classes: number
  /** One by one. */
  attributes: AttributeGap[]
}

/** Attributes of items that latent dimensions are tied to. */
export type Attributes =
  /** None: no dimension has a meaning. */
  | 'none'
  /** How popular an item is, which every log tells. */
  | 'popularity'
  /** Popularity and the commonest genres; words of titles where there are no genres. */
  | 'labels'

/** Targets of the second view. */
export type AugmentedTargets =
  /** The next item of the second view itself, a mask standing for the item that it hides; log p(x'|z') of ContrastELBO. */
  | 'own'
  /**
   * The next item at the same place of the first view (official code). Within a reordered part a place may then have seen the
   * very item that it is asked for.
   */
  | 'original'

/** Settings of the models that know a user as a bag of items; without effect for the sequential one. */
export interface BagConfig {
  /** Width of the latents. */
  latent_size?: number
  /** Width of the hidden layers. */
  hidden_size?: number
  /** Hidden layers of an encoder; the decoder of VAECF has as many. */
  layers?: number
  /** Dropout of the encoder's input, 0 to below 1. */
  input_dropout?: number
  /** Whether VAECF divides a user's bag by its length as a vector; RecVAE always does, BiVAECF never. */
  normalise_input?: boolean
  /** RecVAE's KL weight for each item of the user; 0: `objective.kl_weight` is the weight. */
  gamma?: number
  /** Passes of RecVAE's encoder in an epoch, before the one of its decoder. */
  encoder_passes?: number
  /** Whether BiVAECF learns the means of its priors. */
  adaptive_prior?: boolean
}

/** One baseline. */
export interface BaselineMetrics {
  /** As `Scorer::name` has it. */
  name: string
  /** On validation. */
  valid: Metrics
  /** On the test. */
  test: Metrics
}

/** Measures of a set of lists. */
export interface BeyondAccuracy {
  /** Lists with an item in them. */
  lists: number
  /**
   * Catalogue coverage: share of all items that are in at least one list (Ge, Delgado-Battenfeld, Jannach, "Beyond Accuracy: Evaluating
   * Recommender Systems by Coverage and Serendipity", RecSys 2010, section 3.1).
   */
  coverage: number
  /**
   * Average percentage of long-tail items, as a share: mean over the lists of the share of items that fewer than `RARE_BELOW` users have
   * had (Abdollahpouri, Burke, Mobasher, "Managing Popularity Bias in Recommender Systems with Personalized Re-ranking", FLAIRS 2019; the border
   * is ours).
   */
  rare_share: number
  /**
   * Mean self-information in bits: mean over the lists of the mean of −log2 p(item), with p the share of users who have had the item (Zhou et al.,
   * "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 107(10), 2010, there "surprisal").
   */
  novelty: number
  /**
   * Mean over all pairs of lists of the share of items that they have in common, |A ∩ B| / k for lists of k items: 1 if everybody gets the same, 0
   * if no two lists share an item. The inter-user diversity of Zhou et al. 2010 ("personalization") is 1 less this.
   */
  overlap: number
}

/** How a cleaned log is written as text. */
export type CleanedFormat =
  /** One JSON object a line. */
  | 'jsonl'
  /** Commas between fields. */
  | 'csv'
  /** Tabs between fields. */
  | 'tsv'
  /** RecBole's atomic file. */
  | 'inter'
  /** `user item item …`, a user a line. */
  | 'sequences'

/**
 * Something that the page asks of the worker. A command that has an `Answer`(super::Answer) of its name is answered by that, every
 * other one by `Done`.
 */
export type Command =
  /** Generate the built-in example shop and make it the data of the next run. */
  | {
      command: 'load_example'
      example: Example
      /** Filters and split; without them all of the example is kept. */
      options?: ReadOptions
    }
  /** Read the visitor's files: one log and, beside it, at most one file of item titles and genres. */
  | {
      command: 'load_files'
      /** Filled in by `Request::from_object`(super::Request::from_object). */
      files: File[]
      /** How to understand it, what to leave out and hold back; the defaults where absent. */
      options?: ReadOptions
    }
  /**
   * Make the data anew of what was loaded last, with other options. The files are read again only where they are to be
   * understood in another way.
   */
  | {
      command: 'reload'
      options: ReadOptions
    }
  /** Give up the reading under way. */
  | { command: 'cancel_loading' }
  /** Replace the configuration of the next run; refused with a sentence where it is out of range. */
  | {
      command: 'configure'
      config: Config
    }
  /** Tell the memory and work of a run with this configuration on the loaded data. */
  | {
      command: 'estimate'
      config: Config
    }
  /** Time a few steps of the default configuration on the loaded data; refused while a run goes on. */
  | { command: 'probe' }
  /** Time steps of the configuration on the loaded data for about so many seconds; refused while a run goes on. */
  | {
      command: 'time_steps'
      seconds: number
    }
  /** Take a few steps of the configuration on the loaded data both on this device and on the CPU; refused while a run goes on. */
  | {
      command: 'check_device'
      steps: number
    }
  /** Rest this long after each step from now on, so that people can follow; 0: not at all. */
  | {
      command: 'rest'
      milliseconds: number
    }
  /** Rank by popularity, a Markov chain and item-kNN on validation and test, beside whatever else goes on. */
  | { command: 'baselines' }
  /** Give up the ranking by the baselines. */
  | { command: 'cancel_baselines' }
  /** Train and rank several models on the loaded data, one after the other, beside whatever else goes on. */
  | ({ command: 'compare' } & ComparisonPlan)
  /** Tell the work of a comparison; nothing is begun. */
  | ({ command: 'estimate_comparison' } & ComparisonPlan)
  /** Give up the comparison under way. The models that are done stay. */
  | { command: 'cancel_comparison' }
  /** Rank the test items by the best weights on validation so far, beside whatever else goes on. */
  | { command: 'test' }
  /** Begin a new run with the loaded data and the configuration. */
  | { command: 'start' }
  /** Hold the run after the step under way. */
  | { command: 'pause' }
  /** Go on with a run on hold. */
  | { command: 'resume' }
  /** Do this many optimiser steps, then hold. */
  | {
      command: 'step'
      count: number
    }
  /** End the run. Its model stays for recommendations. */
  | { command: 'stop' }
  /** The best next items after a history of item indices (0-based, oldest first), by the present model or the pinned one. */
  | {
      command: 'recommend'
      history: number[]
      k: number
      model?: ModelChoice
      /**
       * Moves of the latent along the tied dimensions in logits, one for each attribute of `Event::Begun`(super::Event::Begun); not moved
       * without them.
       */
      moves?: number[]
    }
  /**
   * Tell why the present model gives an item its score after a history (item indices, oldest first): each item of the history left out in
   * turn.
   */
  | {
      command: 'explain'
      history: number[]
      item: number
    }
  /** Attention of the last position of a history (item indices, oldest first) by the present model. */
  | {
      command: 'attention'
      history: number[]
    }
  /**
   * Search the `count` users whose sequences are nearest to a history and what they took next, beside whatever else goes on; `own` is left
   * out.
   */
  | {
      command: 'nearest_users'
      history: number[]
      count: number
      own?: number
    }
  /** Give up the search under way. */
  | { command: 'cancel_nearest_users' }
  /**
   * Make lists of the best items for many users, beside whatever else goes on. Their text comes in pieces
   * (`Event::ListsPart`(super::Event::ListsPart)).
   */
  | ({ command: 'lists' } & ListsWish)
  /** Give up what is being listed. */
  | { command: 'cancel_lists' }
  /** Measure the lists that popularity and item-kNN would give the same users, beside whatever else goes on. */
  | ({ command: 'list_baselines' } & ListsWish)
  /** Make a table of the items that are most alike to each item, beside whatever else goes on. Its text comes in pieces, as that of lists. */
  | ({ command: 'similar_items' } & SimilarWish)
  /** Take a key of pseudonyms for the users, or draw one where there is none; it holds from now on. */
  | {
      command: 'pseudonyms'
      /** Text of a key that was saved; one that is in use already stays without it. */
      key?: string
    }
  /** Users whose identifiers begin with a text, in either case, at most so many (and 50); the one that is the text comes first. */
  | {
      command: 'find_users'
      text: string
      most: number
    }
  /** The identifiers of these users (0-based numbers). */
  | {
      command: 'name_users'
      /** All users without it. */
      users?: number[]
      /** Whether their pseudonyms are wanted in the place of the identifiers; a key must have been taken or drawn. */
      pseudonyms?: boolean
    }
  /** A latent snapshot now, whatever the epoch. */
  | {
      command: 'latents'
      what: LatentKind
    }
  /**
   * The latents themselves, of at most so many users or items (evenly spaced ones where there are more), for tools that look at
   * the space as it is.
   */
  | {
      command: 'vectors'
      what: LatentKind
      most: number
      /** Whether the two views of each user are wanted too. */
      views: boolean
    }
  /** The posterior after a history of item indices (0-based, oldest first), as a row without a user. */
  | {
      command: 'posterior'
      history: number[]
    }
  /** Keep the present model as it is beside the run, to compare with; it takes the place of the one kept before. */
  | { command: 'pin' }
  /** Forget the pinned model. */
  | { command: 'unpin' }
  /** The run as it stands, to go on from later. */
  | { command: 'checkpoint' }
  /** The log as it was understood, after the filters, to keep as a file. */
  | {
      command: 'clean'
      format: CleanedFormat
      /** Whether users are named by their pseudonyms; a key must have been taken or drawn. */
      pseudonyms?: boolean
    }
  /**
   * Put the run of a checkpoint in the place of the present one and hold it. The data that it was trained on must be loaded;
   * where it cannot be used, the present run stays.
   */
  | {
      command: 'restore'
      /**
       * The zip archive that an `Answer::Checkpoint`(super::Answer::Checkpoint) brought or the command line wrote. Filled in by
       * `Request::from_object`(super::Request::from_object).
       */
      bytes: Uint8Array
    }

/** Outcomes of all models on one log. */
export interface Comparison {
  /** The log's name. */
  data: string
  /** After its filters. */
  users: number
  /** After its filters. */
  items: number
  /** After its filters. */
  interactions: number
  /** Of all identifiers and sequences, in hexadecimal. */
  fingerprint: string
  /** In the order in which they were done. */
  outcomes: Outcome[]
}

/** Models to be compared. */
export interface ComparisonPlan {
  /** Presets and baselines, a preset with settings of its own behind `+`, as the command line has them. */
  models: string[]
  /** KEY=VALUE, for all models that are trained; those of a name come after them. */
  settings: string[]
  /** Number of seeds for each model, from 1. */
  seeds: number
  /** A JSON array of earlier comparisons; what they hold of the same data and settings is not done again. */
  before: string
}

/** Stage of a model in a comparison. */
export type ComparisonStage =
  /** A baseline is built and ranked. */
  | 'counting'
  /** Optimiser steps. */
  | 'training'
  /** The ranking after an epoch. */
  | 'validation'
  /** The best weights on validation and test. */
  | 'ranking'
  /** The diagnosis of the posterior. */
  | 'latents'

/** Everything that decides a run, together with the data. */
export interface Config {
  /** Seed of every random choice. */
  seed?: number
  model?: ModelConfig
  bag?: BagConfig
  view?: ViewConfig
  objective?: ObjectiveConfig
  training?: TrainingConfig
}

/** The form of the contrastive term. */
export type Contrast =
  /** NT-Xent (SimCLR). */
  | 'nt_xent'
  /** Alignment of the pairs and uniformity of each side (Wang and Isola 2020). */
  | 'align_uniform'

/** Which latents of a sequence enter the contrast. */
export type ContrastPosition =
  /** The sum over the sequence's positions (official code). */
  | 'pooled'
  /** The latent at the last position, which the next item is predicted from. */
  | 'last'

/** How much there is of a log. */
export interface Counts {
  users: number
  items: number
  interactions: number
}

/** Kind of device. */
export type DeviceKind =
  | 'cpu'
  | 'gpu'

/** A column whose meaning a person should look at. */
export interface Doubt {
  /** Its place among the columns. */
  column: number
  /** Why, as a sentence. */
  why: string
}

/** One epoch. */
export interface EpochRecord {
  /** Epochs done, counted from 1. */
  epoch: number
  /** Mean losses over the epoch's steps. */
  losses: LossTerms
  /** Metrics on validation. */
  valid: Metrics
}

/** Something that the worker tells the page. */
export type Event =
  /** The worker is up; the first event there is. `name` is fit for people ("CPU, one core, SIMD"). */
  | {
      event: 'hello'
      kind: DeviceKind
      name: string
      version: string
      default_config: Config
      /** All presets, the default one first. */
      presets: Preset[]
    }
  /** The answer to a request. */
  | {
      event: 'answered'
      id: number
      answer: Answer
    }
  /** A request that could not be fulfilled: one sentence that a person can act on. The worker goes on. */
  | {
      event: 'refused'
      id: number
      message: string
    }
  /** Something that nobody asked for failed: one sentence that a person can act on. The worker goes on. */
  | {
      event: 'failed'
      message: string
    }
  /** Bytes read so far of all the files together. */
  | {
      event: 'load_progress'
      bytes_done: number
      bytes_total: number
    }
  /** How the log being read is understood. It comes before the reading ends, and also where nothing comes of it. */
  | {
      event: 'preview'
      preview: Preview
    }
  /** Data is there. Indices of items and users are positions in these lists. */
  | {
      event: 'loaded'
      summary: Summary
      /** Identifier of each item as it stood in the log. */
      item_ids: string[]
      /** Title of each item, its identifier where no title is known; empty where none of them has a title. */
      item_titles: string[]
      /** Names of the genres; empty where the log has none. */
      genres: string[]
      /** Main genre of each item as an index into `genres`, -1 where unknown. */
      item_genre: Int32Array
      /** Number of interactions of each item. */
      item_count: Uint32Array
    }
  /** A run is there: it has just begun, or came out of a checkpoint. */
  | {
      event: 'begun'
      /** Trained values. */
      parameters: number
      /** Attributes that the first latent dimensions are tied to, in their order. */
      attributes: string[]
    }
  /** How much of the ranking by the baselines is done. */
  | {
      event: 'baseline_progress'
      done: number
      total: number
    }
  /** How far the search for the nearest users is. */
  | {
      event: 'nearest_progress'
      done: number
      total: number
    }
  /** The next lines of the lists that were asked for, and how many users have theirs. */
  | {
      event: 'lists_part'
      done: number
      total: number
      bytes: Uint8Array
    }
  /** How far a comparison is. */
  | {
      event: 'comparison_progress'
      /** The model under way. */
      model: string
      /** Absent for a baseline. */
      seed: number | null
      stage: ComparisonStage
      /** Models and seeds that are done, and those in all. */
      done: number
      total: number
      /** The epoch under way, from 1, and how many there are at most; zeros for a baseline. */
      epoch: number
      epochs: number
      /** Of the work of all, from 0 to 1. */
      share: number
      /** Of the training of this model so far. */
      sequences_per_second: number
      /** At the present rate; absent at the very beginning. */
      seconds_left: number | null
    }
  /** A model of the comparison is done; these are all that are. */
  | {
      event: 'comparison_rows'
      comparison: Comparison
      rows: Row[]
    }
  /** The device failed in the middle of a run, for instance since the GPU was taken away: this worker cannot go on. */
  | {
      event: 'device_failed'
      message: string
      /** Whether it answered, but with other numbers than the CPU. */
      wrong: boolean
    }
  | {
      event: 'state'
      state: RunState
    }
  /** After each step (at most ten times a second). Losses are in nats, means over the steps since the last such event. */
  | {
      event: 'progress'
      epoch: number
      epochs: number
      /** Steps done since the start of the run. */
      step: number
      steps_per_epoch: number
      losses: LossTerms
      /** Weight of the KL terms in this step, after annealing. */
      kl_weight: number
      sequences_per_second: number
      /** Milliseconds that a step kept this thread busy, without waiting for a GPU; median of the latest 32. */
      step_milliseconds: number
      /** Seconds until the last epoch ends, at the present rate. */
      seconds_left: number
    }
  /** After each epoch: full ranking on the validation items. */
  | {
      event: 'validation'
      epoch: number
      metrics: Metrics
      /** The same metrics of ranking by popularity, on the same split. */
      popularity: Metrics
      /** Both again by how common the answer is. */
      groups: FrequencyGroups[]
      seconds: number
    }
  /**
   * After each epoch, and after a checkpoint was taken up: what the latent space of a sample of the users looks like. There is
   * no such event where the model has no posterior.
   */
  | {
      event: 'diagnosis'
      epoch: number
      /** Steps done since the start of the run. */
      step: number
      seconds: number
      /** Named as `contrastvae diagnose --json` names them; absent where there is a problem. */
      report: LatentReport | null
      /** Why this latent space cannot be diagnosed: one sentence. */
      problem: string | null
    }
  /** A projection of latents to the plane by principal components, axes aligned with the snapshot before. */
  | {
      event: 'latents'
      what: LatentKind
      epoch: number
      step: number
      /** Share of the variance that each of the two axes explains. */
      explained: [number, number]
      /** x0 y0 x1 y1 …, scaled so that the largest coordinate is about 1. */
      points: Float32Array
      /** For `items` the item index of each point, for `users` the user index. */
      indices: Uint32Array
      /** Main genre of each point (-1 unknown): of the item, or the commonest of the user's items. */
      genre: Int32Array
      /** For items the number of interactions, for users the mean of that over the user's items. */
      popularity: Float32Array
      /**
       * For items the number of users whose answer in the test it is, for users how many have the same answer (-1 where the
       * test does not ask): the frequency by which the paper groups.
       */
      frequency: Int32Array
      /**
       * How a latent comes to this plane: the centre, then the two axes, each as wide as a latent. A coordinate is the product
       * of an axis with what is left of the latent without the centre.
       */
      plane: Float32Array
    }
  /** A checkpoint has taken the place of the run. Its state, latents and diagnosis follow, and `Done` at last. */
  | {
      event: 'restored'
      config: Config
      /** Epochs that are complete. */
      epoch: number
      epochs: number
      /** Steps done. */
      step: number
      steps_per_epoch: number
      kl_weight: number
      /** Measurements after each epoch. */
      history: EpochRecord[]
      /** Mean losses of the epoch under way, where it has begun. */
      under_way: LossTerms | null
      /** Validation metrics of ranking by popularity. */
      popularity: Metrics
      /** The file that the weights were imported from, where there is no training to go on with. */
      weights_of: string | null
    }

/** A kind of interaction. */
export interface EventCount {
  /** As the log writes it; empty where it says nothing. */
  name: string
  /** Interactions of it. */
  count: number
  /** Whether it takes back what was chosen before. */
  takes_back: boolean
}

/** Parameters of the example shop. */
export interface Example {
  /** Seed of every random choice. */
  seed?: number
  /** Readers, 10 to 100,000. */
  users?: number
  /** Books, 60 to 240 for each genre. Books that nobody read do not appear in the data set. */
  items?: number
  /** Genres, 2 to 8. */
  genres?: number
  /** Share of a reader's taste that has moved to a neighbouring genre by the last book, 0 to 1. */
  drift?: number
  /** Probability that the next volume of a series follows the one before, 0 to 1. */
  follow?: number
}

/** Score of an item after a history, and what the items of the history do to it. */
export interface Explanation {
  /** 0-based index of the item. */
  item: number
  /** Score after the whole history. */
  score: number
  /** Rank after the whole history among the items that are not in it, from 1; of equal scores the first item comes first. */
  rank: number
  /** Items of the history, those that change the score most first; empty if the history is one item, without which there is nothing to go by. */
  reasons: Reason[]
}

/** Filters in the order in which they are applied: kinds of interactions, ratings, dates, users, repeated interactions, k-core. */
export interface Filter {
  /** The kinds of interactions that stay, as the log writes them; absent: all. */
  events?: string[] | null
  /** Least rating of an interaction that stays. Rows without a rating go. */
  min_rating?: number | null
  /** Earliest time that stays: an ISO 8601 date, or a number as it stands in the time column. */
  from?: string | null
  /** Latest time that stays; a date without a time of day stands for its whole day. */
  to?: string | null
  /** How many users stay, those with the latest last interaction. */
  recent_users?: number | null
  /** Treatment of a user's further interactions with an item. */
  repeats?: Repeats
  /** Least number of interactions of each user, recursively together with `min_item`; 0 and 1 keep all. */
  min_user?: number
  /** Least number of interactions of each item. */
  min_item?: number
}

/** One of the filters. */
export type FilterKind =
  | 'events'
  | 'rating'
  | 'dates'
  | 'recent_users'
  | 'repeats'
  | 'k_core'

/** Counts before and after one filter. */
export interface FilterStep {
  filter: FilterKind
  before: Counts
  after: Counts
}

/** A user by an identifier. */
export interface FoundUser {
  /** 0-based number of the user. */
  user: number
  /** The identifier as it stood in the log. */
  id: string
  /** Item indices of the whole sequence, oldest first. */
  history: number[]
}

/** One group of users. */
export interface FrequencyGroup {
  /** One of `group_labels`(super::group_labels). */
  label: string
  /** Users in it that were asked. */
  users: number
  /** Of the model; all zero where there is nobody. */
  metrics: Metrics
  /** Of ranking by popularity. */
  popularity: Metrics
}

/** Metrics by one measure of how common the answer is. */
export interface FrequencyGroups {
  /** By what. */
  grouping: Grouping
  /** One for each of `group_labels`(super::group_labels), empty ones included. */
  groups: FrequencyGroup[]
}

/** Property that decides the group of a user. */
export type Grouping =
  /**
   * How many users of the split have the same answer, this user among them. For `Split::Test` this is the "frequency" of
   * the paper's Table 2, Figure 2a and Figure 3. It looks at the answers, so it can only be known afterwards, and a
   * common answer is a common one in the test rather than in the training.
   */
  | 'answer_frequency'
  /**
   * How often the answer occurs in the training parts; 0 where training never met it. Not in the paper; it is what a
   * recommender had to learn from.
   */
  | 'training_frequency'
  /**
   * Items of the user up to the answer, and the answer. For `Split::Test` this is the whole sequence. The paper's Figure 2b
   * does not say whether it counts the answers; here they count.
   */
  | 'length'

/** Scores of the items. */
export type Head =
  /** o . e, the dot product. */
  | 'dot_product'
  /** cos(o, e) / temperature, the temperature learned. */
  | 'cosine_similarity'

/** How the weight of the KL terms goes over a run. */
export type KlSchedule =
  /** The same all the time. */
  | 'constant'
  /** Rises from 0 and stops (official code). */
  | 'linear'
  /** Rises in the first half of each cycle, stays in the second and begins anew (Fu et al. 2019). */
  | 'cyclical'
  /** The same all the time, for each item up to the position (RecVAE's rescaling by the number of a user's items). */
  | 'length'

/** Subject of a latent snapshot. */
export type LatentKind =
  /** The item embeddings. */
  | 'items'
  /** The posterior means of the users, at the last position of each user's sequence. */
  | 'users'

/** Diagnosis of the latent space. For people and scripts the numbers of `last` and `views` stand at the top level. */
export interface LatentReport {
  /** The posteriors at the last position of each user. */
  last: PosteriorReport
  /** The two views, pooled over real positions. */
  views: PooledReport
  /** The same posteriors at real positions, whatever their place. */
  positions: PosteriorReport
  /** The views pooled over padded windows; absent unless asked for. */
  padded: PooledReport | null
  /** Divergence and variance by how common the test's answer is. */
  groups: PosteriorGroups[]
  /** Mean KL at the last position to the model's own prior where that is the adaptive one, nats; every other KL is to N(0, I). */
  kl_to_prior: number | null
  /** How well single dimensions know attributes; absent where none were looked at. */
  attributes?: AttributeGaps
}

/** How much of a latent space is in use. */
export type LatentState =
  /** Fewer than 10 % of the units are active. */
  | 'collapsed'
  /** Fewer than half are active, or they say less than half a nat of the user. */
  | 'partial'
  /** Half of the units or more are active and say something of the user. */
  | 'alive'

/** How a file is laid out. */
export type Layout =
  /** One interaction a line, fields between separators. */
  | 'delimited'
  /** One user a line: the user, then the items. */
  | 'sequences'
  /** JSON: an array of objects, or objects one after another. */
  | 'json'
  /** Parquet. */
  | 'parquet'

/** Lines that were left out though nothing is wrong with them. */
export interface LeftOut {
  /** Why. */
  kind: LeftOutKind
  /** How many. */
  lines: number
}

/** Why a line is left out though nothing is wrong with it. */
export type LeftOutKind =
  /** The user is missing: empty, `NA`, `null` and the like. */
  | 'no_user'
  | 'no_item'
  | 'no_time'
  /** The header once more. */
  | 'header'
  /** Lines drawn around a printed table, or the count of its rows. */
  | 'ruler'
  /** A sum below the table. */
  | 'total'

/** Sequences of lengths `from` to `to`. */
export interface LengthBin {
  /** Least length. */
  from: number
  /** Greatest length. */
  to: number
  /** Users with such sequences. */
  users: number
}

/** How lists are written as text. */
export type ListFormat =
  /** A line for each item of a list, commas between the fields. */
  | 'csv'
  /** A JSON object for each item of a list. */
  | 'jsonl'

/** Measures of the lists that somebody made. */
export interface ListMeasures {
  /** `model`, or the name of a baseline. */
  by: string
  /** The measures. */
  measures: BeyondAccuracy
}

/** Lists for many users. */
export interface ListsWish {
  /** Items of a list. */
  k: number
  /** Whether items that a user has had may be in the list. */
  with_history: boolean
  /** Interactions that an item must have in the log. */
  least: number
  format: ListFormat
  /** Whether users are named by their pseudonyms; a key must have been taken or drawn. */
  pseudonyms?: boolean
  /** Text of a file with an identifier of a user a line; all users without it. */
  users?: string
  /** The same with the items that may be recommended; all without it. */
  only?: string
  /** The same with items that may not. */
  without?: string
}

/** Mean losses over some steps, in nats. */
export interface LossTerms {
  /** Minimised loss: the sum of the shares. */
  total: number
  /** Reconstruction, the sum over the views. */
  reconstruction: number
  /**
   * KL divergence from the prior, the sum over the views, unweighted and without free bits; 0 in the deterministic mode. Of the
   * composite prior an estimate from one draw, which may be below 0.
   */
  kl: number
  /** The contrastive term, unweighted; 0 where there is none. */
  contrast: number
  /** Supervision of latents by attributes, unweighted, the sum over the views; absent where there is none. */
  attributes?: number
  /** Share of each term in the total; absent if an earlier version of the program did not keep it. */
  shares?: TermShares
}

/** How a file is to be understood. */
export interface Mapping {
  /** The layout. */
  layout?: Layout
  /** Separator of the fields of a delimited file; without meaning elsewhere. */
  separator?: Separator
  /** Whether the first line of a delimited file names the columns. */
  header?: boolean
  /** Role of each column. Empty, or of another length than there are columns: found out anew. */
  roles?: Role[]
  /** How the time column is written; found out where it is absent. */
  time?: TimeUnit | null
}

/** A mean over seeds. */
export interface Mean {
  /** The mean. */
  mean: number
  /** The standard deviation of the seeds (with n − 1); absent where there is one. */
  deviation: number | null
}

/** Means over users. With one answer a user, recall at k is the share of users whose answer is among the first k. */
export interface Metrics {
  /** Users that were asked. */
  users: number
  /** Share of answers among the first 5. */
  recall_5: number
  /** Share of answers among the first 10. */
  recall_10: number
  /** Share of answers among the first 20. */
  recall_20: number
  /** Share of answers among the first 40. */
  recall_40: number
  /** Mean of 1 / log2(rank + 1), 0 beyond rank 5. */
  ndcg_5: number
  /** Mean of 1 / log2(rank + 1), 0 beyond rank 10. */
  ndcg_10: number
  /** Mean of 1 / log2(rank + 1), 0 beyond rank 20. */
  ndcg_20: number
  /** Mean of 1 / log2(rank + 1), 0 beyond rank 40. */
  ndcg_40: number
  /** Mean of 1 / rank, over all ranks. */
  mrr: number
}

/** How the second view comes about. */
export type Mode =
  /** One view without a posterior: z = mu, no KL. The same network without its variational part, as in SASRec. */
  | 'deterministic'
  /** One view only: an attentive variational autoencoder. */
  | 'avae'
  /** Model augmentation: a second pass with fresh dropout, and dropout on its standard deviation. */
  | 'model'
  /** Variational augmentation: a learned factor scales the second view's standard deviation. */
  | 'variational'
  /** Data augmentation: the second view sees a cropped, masked or reordered sequence. */
  | 'data'
  /** Data and variational augmentation together. */
  | 'variational_data'

/** One of the models that the worker holds. */
export type ModelChoice =
  /** That of the run. */
  | 'present'
  /** The one that was pinned. */
  | 'pinned'

/** Which model, and the shape of the sequential network (official code, `models.py`). */
export interface ModelConfig {
  /** Which model is trained; all other settings of this group are those of the sequential one. */
  kind?: ModelKind
  /** Width of embeddings and latents. */
  hidden_size?: number
  /** Attention blocks in each of the three stacks. */
  layers?: number
  /** Attention heads; divides `hidden_size`. */
  heads?: number
  /** The most recent items of a user that the model sees. */
  max_length?: number
  /** Dropout after the embedding and in the blocks, 0 to below 1. */
  hidden_dropout?: number
  /** Dropout of attention probabilities, 0 to below 1. */
  attention_dropout?: number
  /** Rate at which the item of an input position is left out in training, 0 to below 1. */
  embedding_dropout?: number
  /** Whether the log-variance is a linear map of its stack's output instead of that output itself. */
  linear_logvar?: boolean
  /** Bias of that linear map at the start; -3 makes standard deviations of 0.22. */
  logvar_bias?: number
  /** Whether that linear map reads the stack of the means, so that there is no second encoder stack. */
  shared_encoder?: boolean
  /** Scores of the items for an output of the decoder. */
  head?: Head
  /** Temperature of a cosine at the start, from where it is learned. */
  head_temperature?: number
  /** Dropout masks that outputs are averaged over in training, at the rate of `hidden_dropout`; 0: none. */
  output_masks?: number
  /** Lags of fixed causal differences beside attention; 0: none. */
  differences?: number
  /** Positions from one of these lags to the next; the first one is 1. */
  difference_spacing?: number
}

/** Which model is trained. */
export type ModelKind =
  /** The sequential variational autoencoder in all its modes, the deterministic network included. */
  | 'contrastvae'
  /** Mult-VAE (Liang et al., WWW 2018), which Cornac calls VAECF. */
  | 'vaecf'
  /** RecVAE (Shenbin et al., WSDM 2020). */
  | 'recvae'
  /** BiVAE for collaborative filtering (Truong, Salah and Lauw, WSDM 2021). */
  | 'bivaecf'

/** A user whose sequence lies near a history. */
export interface NearUser {
  /** User index. */
  user: number
  /** Euclidean distance of the two posterior means. */
  distance: number
  /** First item that the user took after what the encoder was shown. */
  next: number
}

/** Weights of the ContrastELBO. */
export interface ObjectiveConfig {
  reconstruction?: Reconstruction
  /** Items that the sampled softmax draws at each step. */
  negatives?: number
  /** They are drawn in proportion to (count in training + 1) to this power: 0 is uniform, 1 by popularity. */
  negative_power?: number
  /** Share of the target's probability that the softmax over all items gives to all alike, 0 to below 1. */
  label_smoothing?: number
  /** Over which positions KL is averaged and the contrastive vector pooled. */
  reduction?: Reduction
  /** Prior that posteriors are compared with. */
  prior?: Prior
  /** Steps after which the composite prior takes the encoder anew; 0: at the start of each epoch. */
  prior_steps?: number
  /** Largest weight of the KL terms. */
  kl_weight?: number
  /** How that weight goes over the run. */
  kl_schedule?: KlSchedule
  /**
   * Of the linear schedule: steps over which the KL weight would rise from 0 to 1; it stops rising at `kl_weight`; 0: constant. Of
   * the cyclical one: steps of a cycle.
   */
  kl_annealing_steps?: number
  /** Nats that each latent dimension may carry before its KL counts; 0 for none. */
  free_bits?: number
  /** Weight of the contrastive term. */
  contrast_weight?: number
  /** Form of the contrastive term. */
  contrast?: Contrast
  /** Vectors that are drawn to that of a sequence. */
  positives?: Positives
  /** Temperature of NT-Xent. */
  temperature?: number
  /** Weight of uniformity beside alignment, where the contrast is made of these. */
  uniformity_weight?: number
  /** Which latents of a sequence enter the contrast. */
  contrast_position?: ContrastPosition
  /** Whether users with the same last target are kept from being negatives of each other. */
  mask_same_target?: boolean
  /** Attributes of items that the first latent dimensions are tied to. */
  attributes?: Attributes
  /** Most attributes, popularity among them; never more than there are dimensions. */
  attribute_count?: number
  /** Weight of the term that ties them. */
  attribute_weight?: number
}

/** Which operations there are to draw from. */
export type OperationChoice =
  /** Crop, mask or reorder, each as often, drawn for each sequence (the paper). */
  | 'uniform'
  /** Always reorder, as the official code does in effect. */
  | 'reorder_only'

/** One model with one seed. */
export interface Outcome {
  /** As it was asked for, settings included. */
  model: string
  /** Absent if the model draws no random numbers. */
  seed: number | null
  /** Absent for what has no gradient. */
  training: Training | null
  /** Building and ranking of a baseline, or training of a model; absent where a run was begun by another command. */
  seconds: number | null
  /** On validation. */
  valid: Metrics
  /** On the test. */
  test: Metrics
  /** Test metrics of the answers that occur fewer than ten times in training. */
  rare: Metrics
  /** Absent for models without a posterior. */
  posterior: Posterior | null
}

/** How two pooled views agree; each number is `None` where there is one view. */
export interface PooledReport {
  /** Mean |u - v|^2 of the two views. */
  alignment: number | null
  view_uniformity: number | null
  /** ln(2B - 1) less the contrastive loss, nats. */
  contrastive_bound: number | null
  /** The most that it can be. */
  contrastive_ceiling: number | null
}

/** Positives of a sequence in the contrast. */
export type Positives =
  /** The other view of the same sequence. */
  | 'other_view'
  /** Another history that ends before the same item (the supervised positives of DuoRec). */
  | 'same_target'
  /** Both, in two terms. */
  | 'both'
  /** The other history to the second view, not to the first (DuoRec's own default). */
  | 'second_view_same_target'

/** Posterior diagnostics at the last position of users. */
export interface Posterior {
  /** Dimensions whose means differ from user to user. */
  active_units: number
  /** Dimensions in all. */
  dimensions: number
  /** To N(0, I) whatever the prior, nats, summed over dimensions. */
  kl: number
  /** To the adaptive prior, where the model has it. */
  kl_to_prior?: number
  /** Nats. */
  mutual_information: number
  /** The most that it could be, nats. */
  mutual_information_ceiling: number
  /** Lower bound of the mutual information of the views, nats; absent if there is one view. */
  contrastive_bound?: number
}

/** One group of users. */
export interface PosteriorGroup {
  /** One of `group_labels`. */
  label: string
  /** Users in it that were looked at. */
  users: number
  /** Mean KL from posterior to prior, the sum over dimensions, in nats; `None` where there is nobody. */
  kl: number | null
  /** Mean of s^2 over dimensions, in squared latent units; `None` where there is nobody. */
  mean_variance: number | null
}

/** One grouping of the users that were looked at. */
export interface PosteriorGroups {
  /** By what. */
  grouping: Grouping
  /** One for each of `group_labels`, empty ones included. */
  groups: PosteriorGroup[]
}

/** The numbers of one set of posteriors; `Diagnostics` says what each is. */
export interface PosteriorReport {
  /** Posteriors that were looked at. */
  rows: number
  /** Dimensions of the latent. */
  dimensions: number
  /** Dimensions whose mean differs from row to row, by a variance of 0.01 or more. */
  active_units: number
  /** Share of dimensions that are the prior. */
  collapsed_share: number
  /** Mean KL to the prior, nats. */
  kl: number
  /** The same by dimension. */
  kl_per_dim: number[]
  /** Mean of s^2. */
  mean_variance: number
  /** Variance of each dimension's mean. */
  variance_of_means: number[]
  /** Mutual information of latent and row, nats. */
  mutual_information: number
  /** The most that it can be told to know: ln of `mutual_information_rows`. */
  mutual_information_ceiling: number
  /** Rows that were compared. */
  mutual_information_rows: number
  /** KL of the mean of all posteriors to the prior, nats. */
  marginal_kl: number
  /** How evenly the means' directions lie; `None` where there are none. */
  uniformity: number | null
  /** Directions in use by the means. */
  effective_rank: number
  log_singular_values: number[]
  /** Directions in use by their covariance. */
  effective_rank_of_covariance: number
  log_singular_values_of_covariance: number[]
}

/** A configuration by name. */
export interface Preset {
  name: string
  /** Description in English. */
  about: string
  config: Config
}

/** A file at first sight. */
export interface Preview {
  /** Name of the file, with the file inside an archive where there is one. */
  file: string
  /** How it is understood. */
  mapping: Mapping
  /** Each column of `mapping.roles` with its name and how sure its role is. */
  columns: PreviewColumn[]
  /** The first rows, a text a column. */
  rows: string[][]
  /** The column that is most doubtful, so that a person should look before training; absent where all are sure enough. */
  doubt: Doubt | null
  /** The encoding of the text, where it is not UTF-8. */
  encoding: string | null
  /** Why it cannot be read like this, in a sentence; absent where it can. */
  problem: string | null
  /** The files of a zip archive that could be the log, the one that was taken first. */
  entries: ArchiveEntry[]
}

/** One column, as it is understood. */
export interface PreviewColumn {
  /** Its name in the file; empty where it has none. */
  name: string
  /** Role that it is taken for. */
  role: Role
  /** How sure that is, 0 to 1; 1 where a person has said so. */
  confidence: number
}

/** Kinds of priors. */
export type Prior =
  /** N(0, I), the same for everybody. */
  | 'standard'
  /** A mixture, in each dimension, of N(0, 1), a wide Gaussian and the posterior of the same history by an earlier copy of the encoder. */
  | 'composite'
  /** N(m, I), where m is a learned linear map of the mean embedding of the items up to the position. */
  | 'adaptive'

/** How the learning rate goes over a run, once it is warm. */
export type RateSchedule =
  /** The same all the time. */
  | 'constant'
  /** Falls to 0 at the end of the last epoch, along half a cosine (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts). */
  | 'cosine'
  /** Half as large after every so many epochs. */
  | 'halving'

/** Everything that may be chosen about reading. */
export interface ReadOptions {
  /** How the file is to be understood; found out where it is absent. */
  mapping?: Mapping | null
  /** The file inside a zip archive that is the log; chosen by its looks where it is absent. */
  entry?: string | null
  /** The encoding of the text, such as `big5`; found out where it is absent. */
  encoding?: string | null
  /** Filter of the interactions. */
  filter?: Filter
  /** Split into training, validation and test. */
  split?: SplitRule
}

/** Effect of one item of the history. */
export interface Reason {
  /** Place in the history, from 0. */
  at: number
  /** 0-based index of the item that is left out. */
  item: number
  /** Score with it less the score without it: above 0 if it speaks for the item. */
  change: number
  /** Rank without it. */
  rank: number
}

/** One row of a list of recommendations. */
export interface Recommendation {
  /** 0-based index of the item, as in `Event::Loaded`. */
  item: number
  /** The model's score: a dot product, comparable within one list only. */
  score: number
}

/** Items that the reconstruction term compares the next item with. */
export type Reconstruction =
  /** Cross-entropy over all items. */
  | 'full_softmax'
  /** Cross-entropy over a sample of items, corrected for how they were drawn. */
  | 'sampled_softmax'
  /** Binary cross-entropy of the next item and one sampled negative (the paper). */
  | 'sampled_negative'

/** Over which positions KL is averaged and the contrastive vector pooled. */
export type Reduction =
  /** Real positions only. */
  | 'real'
  /** All positions of the window, pads included, as the official code has it; needs `Layout::Padded`. */
  | 'padded'

/** Treatment of repeated interactions of a user with an item. */
export type Repeats =
  /** All stay. */
  | 'keep'
  /** The first with each item stays. */
  | 'first'
  /** The last with each item stays. */
  | 'last'
  /** Of interactions with one item right after each other the first stays, such as pages loaded again. */
  | 'consecutive'

/** A command, and the number under which it is answered. */
export interface Request {
  /** Chosen by the page; comes back in `Event::Answered`(super::Event::Answered) or `Event::Refused`(super::Event::Refused). */
  id: number
  command: Command
}

/** Role of a column. */
export type Role =
  | 'user'
  | 'item'
  | 'time'
  | 'rating'
  | 'title'
  | 'genres'
  /** The time of day, where the time column has the day alone. */
  | 'clock'
  /** Kind of the interaction: viewed, bought. */
  | 'event'
  /** The items before the one of the row. */
  | 'history'
  | 'ignored'

/** A model. A value that one seed lacks is absent. */
export interface Row {
  /** As it was asked for, settings included. */
  model: string
  /** Empty where nothing is drawn. */
  seeds: number[]
  /** On the test, as are the others without another word. */
  recall_20: Mean
  /** Likewise. */
  recall_40: Mean
  /** Likewise. */
  ndcg_20: Mean
  /** Likewise. */
  ndcg_40: Mean
  /** Likewise. */
  mrr: Mean
  /** Of the answers that occur fewer than ten times in training. */
  rare_recall_40: Mean
  /** On validation. */
  valid_ndcg_20: Mean
  /** Dimensions whose means differ from user to user. */
  active_units: Mean | null
  /** Dimensions in all. */
  dimensions: number | null
  /** To N(0, I), nats. */
  kl: Mean | null
  /** To the model's own prior, nats; absent for a composite one, whose KL no closed form has. */
  kl_to_prior: Mean | null
  /** Nats. */
  mutual_information: Mean | null
  /** Lower bound of the mutual information of the views, nats. */
  contrastive_bound: Mean | null
  /** Trained values. */
  parameters: number | null
  /** Epochs done. */
  epochs: Mean | null
  /** Of training, or of building and ranking a baseline. */
  seconds: Mean | null
  /** Classification relative to the other rows. */
  verdict: Verdict
}

/** Memory and work of a run. */
export interface RunSize {
  /** Trained values, exactly. */
  parameters: number
  steps_per_epoch: number
  /**
   * Bytes at the most, beside the program and the log: weights, gradients, moments, the best weights, one step, one ranking and the
   * making of a checkpoint.
   */
  memory_bytes: number
  /** Bytes of the largest buffer on a GPU, where all parameters lie in one and both moments of each in another. */
  largest_buffer_bytes: number
  /** Bytes of a checkpoint, its record left out. */
  checkpoint_bytes: number
  /** Floating-point operations of a step, about. */
  step_work: number
  /** Floating-point operations of an epoch with its ranking of the validation items, about. */
  epoch_work: number
}

/** State of the run. */
export type RunState =
  /** Nothing is loaded yet. */
  | 'empty'
  /** Data is loaded, no run has begun. */
  | 'ready'
  | 'running'
  | 'paused'
  /** All epochs are done, or the run was stopped. */
  | 'finished'

/** How latents are drawn from their posteriors. */
export type Sampling =
  /** z = mu + sigma * noise in each view (the paper, figure 1a); scores are those of the mean. */
  | 'paper'
  /**
   * The official code: in the contrastive modes view 1 is mu + sigma without noise, and so is view 2 of the model and data modes,
   * whose standard deviation has dropout; scores are those of mu + sigma.
   */
  | 'official'

/** Separator between the fields of a line. */
export type Separator =
  | 'comma'
  | 'tab'
  | 'semicolon'
  | 'pipe'
  | 'double_colon'
  | 'space'

/** Vectors by which items are compared. */
export type SimilarBy =
  /** Rows of the item table, with which the model scores. */
  | 'vector'
  /** Posterior means after a history of the item alone: where the encoder puts somebody who has had nothing else. */
  | 'latent'

/** Items that are alike, for all items. */
export interface SimilarWish {
  /** Neighbours of an item. */
  k: number
  by: SimilarBy
  format: ListFormat
}

/** One line that was left out, and why. */
export interface SkippedRow {
  /** 1-based line on which it begins. */
  line: number
  /** The fault, without a full stop. */
  why: string
}

/** Speed of a run. */
export interface Speed {
  /** Steps that were timed, after those that warm up. */
  steps: number
  /** Seconds that they took together, until their last loss was read. */
  seconds: number
  /** Seconds of the very first step, with its compilation. */
  first_step_seconds: number
  /** Median time that a step keeps this thread; absent if each step waited for the device. */
  host_milliseconds: number | null
}

/** Rule by which interactions are held back from training, for validation and for the test. */
export type SplitRule =
  /** Of each user the last interaction for the test and the one before it for validation: the split of the paper. */
  | { rule: 'leave_one_out' }
  /**
   * Two points in time, the same for all users: what comes after is not trained on by anybody. Of each user the first
   * interaction after a point is asked for.
   */
  | {
      rule: 'time_cut'
      /** Share of all interactions between the two points, in percent. */
      valid_percent: number
      /** Share of all interactions after the second point, in percent. */
      test_percent: number
    }

/** A split: its rule, its moments in time and the sizes of its parts. */
export interface SplitSummary {
  /** The rule, as it was asked for. */
  rule: SplitRule
  /** The two moments of a cut in time, as dates where a calendar knows them, else as numbers. */
  moments: [string, string] | null
  /** Interactions that training may see. */
  train_interactions: number
  /** Users whose item is asked for in validation. */
  valid_users: number
  /** Users whose item is asked for in the test. */
  test_users: number
}

/** Where a ranking stands, by NDCG@20 on the test. */
export type Standing =
  /** Clearly below popularity. */
  | { as: 'below_popularity' }
  /** It says hardly more than popularity. */
  | { as: 'popularity' }
  /** So much of the way from popularity to the deterministic network. */
  | {
      as: 'between'
      /** From 0 to 1. */
      share: number
    }
  /** At least nine tenths of that way. */
  | { as: 'deterministic' }
  /** So many times popularity; the deterministic network is not among the rows. */
  | {
      as: 'beyond'
      /** NDCG@20 over that of popularity. */
      times: number
    }

/** The numbers of a log, before and after the filter. */
export interface Summary {
  /** Name of the file or of the example. */
  name: string
  /** How it was written, in words: "comma separated, header". */
  format: string
  /** Role of each column in order: `user`, `item`, `time`, `rating`, `title`, `genres` or `ignored`. */
  columns: string[]
  /** Name of each column as the header gives it; empty where there is no header. */
  column_names: string[]
  /** Users that are left. */
  users: number
  /** Items that are left. */
  items: number
  /** Interactions that are left. */
  interactions: number
  /** Mean interactions of a user. */
  mean_length: number
  /** Median interactions of a user. */
  median_length: number
  /** Interactions by users times items, 0 to 1 (more only where interactions repeat). */
  density: number
  /** From the first to the last interaction that is left; absent where the log has no times, or none that a calendar knows. */
  time_span: TimeSpan | null
  /** How popular the items are: rank (1: the commonest) and number of interactions, at ranks that grow by about a twelfth. */
  popularity: ([number, number])[]
  /** Share of the interactions that fall to the commonest tenth of the items, 0 to 1. */
  head_share: number
  /** How long the sequences are. */
  lengths: LengthBin[]
  /** Users in the log. */
  users_before: number
  /** Items in the log. */
  items_before: number
  /** Interactions in the log. */
  interactions_before: number
  /** Steps of the filter in order; those that were not asked for are absent. */
  filters: FilterStep[]
  /** The filter as it was asked for. */
  filter: Filter
  /** The split and the sizes of its parts. */
  split: SplitSummary
  /** The first of the lines left out, at most `MAX_LISTED_SKIPS`. */
  skipped: SkippedRow[]
  /** All damaged lines. */
  skipped_count: number
  /** Lines left out for other reasons than damage. */
  left_out: LeftOut[]
  /** The kinds of interactions that the log tells apart, with their numbers before any filter; empty where it tells none apart. */
  events: EventCount[]
  /** The encoding of the text, where it is not UTF-8. */
  encoding: string | null
  /** Warnings against training on this, or against trusting its metrics. */
  warnings: Warning[]
  /** Further notes for a person; whole sentences. */
  notes: string[]
}

/** Share of each term in the total, in nats. */
export interface TermShares {
  /** Reconstruction, whose weight is 1. */
  reconstruction: number
  /** The weight of the KL times what of it is minimised: with free bits, or weighted by length, where the configuration says so. */
  kl: number
  /** The weight of the contrastive term times the term. */
  contrast: number
  /** The prior of alpha in the variational modes, whose weight is 1; else 0. */
  alpha_prior: number
  /** The weight of the supervision by attributes times the term; absent where there is none. */
  attributes?: number
}

/** First and last moment, in UTC. */
export interface TimeSpan {
  /** First moment: `2013-03-01 09:30`. */
  from: string
  /** Last moment. */
  to: string
  /** Days between them. */
  days: number
}

/** How a column writes time. */
export type TimeUnit =
  /** Seconds since 1970, with or without decimals. */
  | 'seconds'
  /** Milliseconds since 1970. */
  | 'milliseconds'
  /** Microseconds since 1970. */
  | 'microseconds'
  /** Nanoseconds since 1970. */
  | 'nanoseconds'
  /** Days since 1970. */
  | 'days'
  /** Days since 1899-12-30, as spreadsheets keep them, with the time of day as a fraction. */
  | 'spreadsheet_days'
  /**
   * A date whose parts explain themselves: ISO 8601 such as `2024-01-31T12:00:00.5+02:00`, `2024/1/31`, `31 Jan 2024`,
   * `Wed Jan 31 12:00:00 +0200 2024`, `2024年1月31日`; with or without a time of day.
   */
  | 'date'
  /** `20240131`, also with a time of day: `20240131120000`, `20240131120000250`. */
  | 'compact_date'
  /** `31/01/2024`, with or without a time of day; `.` or `-` for `/`, two digits for the year. */
  | 'day_month_year'
  /** `01/31/2024`, the same. */
  | 'month_day_year'
  /** `24-01-31`, a year of two digits first, with or without a time of day; `/` or `.` for `-`, or nothing. */
  | 'year_month_day'
  /** Numbers or times of day of which only the order is known, such as a step count. */
  | 'order'

/** Training of a model. */
export interface Training {
  /** With its seed. */
  config: Config
  /** Epochs done. */
  epochs: number
  /** The best of them on validation, whose weights were put to the test. */
  best_epoch: number
  /** Trained values. */
  parameters: number
}

/** The optimiser and its schedule. */
export interface TrainingConfig {
  epochs?: number
  /** Users in a batch. */
  batch_size?: number
  /** Adam's learning rate, where warm-up and schedule leave it whole. */
  learning_rate?: number
  /** How the learning rate goes over the run. */
  rate_schedule?: RateSchedule
  /** Steps over which the learning rate rises from 0; 0: none. */
  warmup_steps?: number
  /** Of the halving schedule: epochs after which the learning rate is halved, again and again. */
  halving_epochs?: number
  /** Decoupled weight decay (AdamW). */
  weight_decay?: number
  /** Epochs without a better NDCG@20 on validation after which the run ends; 0: it never ends early. */
  patience?: number
  /** Decay of the average of the weights that is validated, tested and used in the place of the weights themselves; 0: none. */
  ema?: number
}

/** Classification of a model. */
export interface Verdict {
  /** Absent where there is no posterior. */
  latent: LatentState | null
  /** Absent where there is nothing to stand beside, and for popularity and the deterministic network themselves. */
  ranking: Standing | null
}

/** The two views and how they are sampled. */
export interface ViewConfig {
  mode?: Mode
  /** How latents are drawn, in training and for scores. */
  sampling?: Sampling
  /** Dropout of the second view's standard deviation, 0 to below 1; in the model mode and, with official sampling, the data mode. */
  variance_dropout?: number
  /** Which changes of a sequence the data modes draw from. */
  augmentation?: OperationChoice
  /** Targets of the second view of the data modes. */
  augmented_targets?: AugmentedTargets
  /** Share of a sequence that a crop keeps. */
  crop?: number
  /** Share of a sequence that is masked. */
  mask?: number
  /** Share of a sequence that is shuffled. */
  reorder?: number
  /** Share of the second view's positions that get noise along the drift of the sequence; 0: none. */
  drift_noise?: number
  /** Part of that noise's direction that is random, 0 to 1. */
  drift_random?: number
}

/** One thing that a person should know before training. */
export type Warning =
  /** There is one item. */
  | { code: 'one_item' }
  /** There is one user. */
  | { code: 'one_user' }
  /** Items that are asked for in the test and never trained on. */
  | {
      code: 'unseen_answers'
      /** Test items that are trained on. */
      seen: number
      /** Users who are asked. */
      of: number
    }
  /** One user has most of the interactions. */
  | {
      code: 'one_user_dominates'
      /** The identifier. */
      user: string
      /** Share of all interactions, in percent. */
      percent: number
    }
  /** All times are the same. */
  | {
      code: 'one_moment'
      /** How many interactions. */
      interactions: number
    }
  /** No item occurs twice. */
  | {
      code: 'every_item_once'
      /** How many items. */
      items: number
    }
  /** Measures rest on few users. */
  | {
      code: 'few_asked'
      /** Users who are asked in the test. */
      asked: number
      /** Users in all. */
      users: number
    }
  /** Interactions of a kind that takes back what was chosen. */
  | {
      code: 'takes_back'
      /** The kind. */
      event: string
      /** How many interactions. */
      count: number
      /** The kinds that are left without those that take back. */
      keep: string[]
    }

// The lessons in English.

import type { Courses } from './words'

export const ENGLISH: Courses = {
  recommender: {
    title: 'What is a recommender, and is it any good?',
    about: 'What must a model beat before it is worth its trouble?',
    shows: 'popularity, held-back answers, a leak, a Markov chain',
    steps: {
      load: {
        heading: 'A shop whose truth is known',
        say: 'Press “Load example”.',
        explain: 'An invented bookshop: a thousand readers, 300 books, eight genres, each history in order.',
      },
      popular: {
        heading: 'The same list for everybody',
        ask: 'Everybody is shown the 20 most read books that they have not read. Of 100 readers, how many find their next book among them?',
        say: 'Press “Rank by the baselines”.',
        explain:
          'Recall@20 of popularity, times 100. It knows nothing of anybody, and still finds some. A model below it has learnt nothing.',
      },
      held: {
        heading: 'How to test it',
        ask: 'Which books should the model be asked for?',
        options: {
          trained: 'Books it was trained on',
          last: 'Each reader’s last book, held back',
          random: 'Books drawn at random',
        },
        explain:
          'Each reader’s last book is the test, the one before it the validation; training sees neither. Asked for what it was trained on, a model shows its memory alone.',
      },
      leak: {
        heading: 'Find the leak',
        ask: 'Which of these lets the test into training?',
        options: {
          epoch: 'Taking the best epoch on validation',
          test: 'Taking the best of ten models on the test',
          seen: 'Leaving out books already read',
        },
        explain: 'Whoever chooses by the test has learnt from it. This page chooses by validation, and ranks the test once a run is over.',
      },
      model: {
        heading: 'A model',
        ask: 'Popularity has NDCG@20 of about 0.09 on validation; 1 is perfect. What will ContrastVAE have after five epochs?',
        say: 'Press “Start training”.',
        explain: 'It passes popularity early: it has learnt which books go together. Training goes on.',
      },
      chain: {
        heading: 'A harder rival',
        ask: 'A Markov chain only counts which book follows which. Was the model ahead of it after five epochs?',
        options: { ahead: 'Ahead', behind: 'Behind' },
        explain:
          'Behind: books here come in series, which a chain knows at once (0.43). The model needs about ten epochs to pass it. A baseline can be that strong.',
      },
      worth: {
        heading: 'Is it any good?',
        say: 'When training is over, compare the rows: validation, test, baselines. A model is worth its trouble if it beats all of them on the test.',
      },
    },
  },
  collapse: {
    title: 'Watch a VAE collapse',
    about: 'What becomes of the latent space of a plain VAE, and does the loss tell?',
    shows: 'active units, loss, mutual information',
    steps: {
      load: {
        heading: 'Load the example',
        say: 'Press “Load example”.',
        explain: 'An invented bookshop: a thousand readers, eight genres. So we know what a model could find out.',
      },
      model: {
        heading: 'A plain VAE',
        say: 'The form holds a VAE of 16 latent dimensions: one view, no contrast, a KL weight that rises to 1 within ten epochs, as in the textbook’s ELBO.',
      },
      units: {
        heading: 'Active units',
        ask: 'A unit is active if its mean differs from reader to reader. How many of the 16 will be active after five epochs?',
        say: 'Press “Start training” and watch the curve.',
        explain: 'After the first epoch nearly all were active, then they went out. The encoder now says the same about everybody.',
      },
      price: {
        heading: 'Did the loss tell?',
        ask: 'While the units went out, what did the total loss do?',
        options: { rose: 'It rose', fell: 'It fell', stood: 'It stood still' },
        explain:
          'It fell all the while: as the weight of the KL rises, dropping the latents is the quickest way down. The loss alone does not show a collapse.',
      },
      information: {
        heading: 'What is still known',
        say: 'Mutual information is what a latent tells about whose it is. Open the definition under the chart.',
        explain: 'It went with the units: near 0 nats of the 4.85 that could be seen here.',
      },
      everybody: {
        heading: 'Whom does it serve?',
        ask: 'What does a decoder recommend that is told nothing about the reader?',
        options: { random: 'Books at random', popular: 'Popular books', own: 'Still the right ones' },
        explain:
          'Popular books, the same for all: the model lies on the dashed line. This is posterior collapse; the lesson “Cure it” tries remedies.',
      },
    },
  },
  cure: {
    title: 'Cure it: KL weight, free bits, contrast',
    about: 'Three remedies for a collapsed model: which of them help?',
    shows: 'each remedy’s units and nats, all runs side by side',
    steps: {
      load: { heading: 'Load the example', say: 'Press “Load example”.' },
      ill: {
        heading: 'The patient',
        say: 'Press “Start training” and wait for four epochs.',
        explain: 'Hardly a unit is active: the model to be cured.',
      },
      weight: {
        heading: 'First remedy: a lighter KL',
        say: 'Set “KL weight” to 0.01: a nat of KL then costs a hundredth of a nat.',
      },
      lighter: {
        heading: 'A lighter KL, tried',
        ask: 'How many of the 16 units will be active after four epochs?',
        say: 'Press “Start training”.',
        explain:
          'It pays to tell readers apart, so the units stay, and the ranking leaves popularity far behind. The price: posteriors lie far from the prior, so draws from the prior look like nobody.',
      },
      bits: {
        heading: 'Second remedy: free bits',
        say: 'Set “KL weight” back to 1 and “Free bits” to 0.05: that many nats of each dimension then cost nothing.',
      },
      few: {
        heading: 'Free bits, tried',
        ask: 'The KL will stay above 0. How many nats will the latent know of a reader (mutual information) after five epochs?',
        say: 'Press “Start training”.',
        explain:
          'The KL is several times the patient’s, yet it says next to nothing: the free nats are the same for everybody. A KL above 0 is no proof of life. With 0.3 free nats the units stay.',
      },
      pair: {
        heading: 'Third remedy: contrast',
        say: 'Set “Free bits” to 0, “Second view” to “Model augmentation”, “Contrast weight” to 1: a reader’s two views attract, others repel.',
      },
      contrast: {
        heading: 'Contrast, tried',
        ask: 'How many of the 16 units will be active after six epochs?',
        say: 'Press “Start training”.',
        explain:
          'Most stay, and the ranking stays above popularity, but the mutual information melts. And the KL weight has only risen to 0.6 by now.',
      },
      at_once: {
        heading: 'A full KL from the first step',
        ask: 'The same contrast, but with a KL weight of 1 at once, as “Compare remedies” has it. How many units will be active after four epochs?',
        say: 'Set “KL annealing” to 0 and press “Start training”, or let the page do it.',
        explain:
          'None that matter: contrast slows a collapse down, it does not undo it. That is why “Compare remedies” calls contrast alone collapsed.',
      },
      compare: {
        heading: 'Side by side',
        say: 'All runs of this lesson by their best epoch: compare active units and mutual information with NDCG@20. Here the lighter KL does best; remedies can be combined.',
      },
    },
  },
  views: {
    title: 'Two views: what is contrasted',
    about: 'What does contrast compare, and what does it do to the latents?',
    shows: 'alignment and uniformity, epoch by epoch',
    steps: {
      load: { heading: 'Load the example', say: 'Press “Load example”.' },
      two: {
        heading: 'Two views of a reader',
        say: 'Each reader is looked at twice; here the second view has other dropout and noise. Contrast asks which views belong to the same reader. Its weight is still 0.',
      },
      apart: {
        heading: 'Without contrast',
        say: 'Press “Start training”.',
        explain: 'Each dot is an epoch. To the left the two views of a reader agree (alignment); lower down readers differ (uniformity).',
      },
      plane: {
        heading: 'Read the plane',
        say: 'Open the definition under the chart.',
        explain: 'Alignment alone is no merit: a model that says the same about everybody has it too, at the upper left.',
      },
      together: {
        heading: 'With contrast',
        ask: 'With a contrast weight of 1: will a reader’s two views be closer together after as many epochs?',
        options: { closer: 'Closer', same: 'The same', further: 'Further apart' },
        say: 'Set “Contrast weight” to 1 and press “Start training”.',
        explain: 'Closer, and lower down: views agree better, and readers are spread more evenly.',
      },
      changed: {
        heading: 'A harder second view',
        ask: 'The second view now sees a cropped, masked or reordered history. Will the views be closer than in the run before?',
        options: { closer: 'Closer', same: 'The same', further: 'Further apart' },
        say: 'Set “Second view” to “Data augmentation” and press “Start training”.',
        explain: 'Further apart: there is more to learn from, and more that does not match.',
      },
      compare: {
        heading: 'Does it pay?',
        ask: 'How much has contrast changed the ranking (NDCG@20) on this shop?',
        options: { much: 'Much', little: 'Hardly' },
        explain:
          'Hardly: the latents hold more nats, the ranking is about the same. On sparser logs, such as the paper’s Office products, a light contrast helps a little.',
      },
    },
  },
  tail: {
    title: 'The long tail',
    about: 'Whom does a collapsed model serve, and whom a sound one?',
    shows: 'Recall@40 by how common the answer is',
    steps: {
      load: {
        heading: 'Load the example',
        say: 'Press “Load example”.',
        explain: 'A few of its 300 books are read often, many hardly ever.',
      },
      ill: {
        heading: 'Who finds the next book?',
        ask: 'This model will collapse. Which readers will still find their next book among its first 40?',
        options: {
          all: 'About as many of each group',
          common: 'Those whose next book is common',
          rare: 'Those whose next book is rare',
        },
        say: 'Press “Start training” and wait for four epochs.',
        explain:
          'Each row is a group of readers, by how often their next book occurs in training. All hits are in the last row, as with popularity.',
      },
      counted: {
        heading: 'How it is counted',
        say: 'Open the definition under the chart.',
        explain: 'There are two ways to say how common an answer is; the paper counts among the answers.',
      },
      sound: {
        heading: 'A sound model',
        ask: 'With a KL weight of 0.01: of 100 readers whose next book occurs 10 to 19 times, how many will find it among the first 40?',
        say: 'Set “KL weight” to 0.01, press “Start training”, and wait for six epochs.',
        explain: 'The collapsed model found none of these.',
      },
      beside: {
        heading: 'Beside the collapsed model',
        say: 'Choose the first run under “Compare with”.',
        explain: 'All groups gain; for the rarer books it is all or nothing.',
      },
      contrast: {
        heading: 'And with contrast?',
        ask: 'Two views and a contrast weight of 1: will rare books be found sooner than without, after as many epochs?',
        options: { sooner: 'Sooner', same: 'At the same time', later: 'Later' },
        say: 'Press “Do it for me”, and watch four epochs.',
        explain: 'Sooner: after four epochs clearly more of them are found than by the model before after as many.',
      },
      end: {
        heading: 'What remains',
        say: 'Given more epochs the two come out about alike on this shop. Wait for the end, choose the second run under “Compare with”, and see.',
      },
    },
  },
  own: {
    title: 'Your own log',
    about: 'Is your log good enough to recommend from?',
    shows: 'columns, a yardstick, training, recommendations',
    steps: {
      open: {
        heading: 'Open your log',
        say: 'Press “Open file…”: a table of who took what, best with a time. No file at hand? “Do it for me” makes another shop.',
        explain: 'Check that users, items and interactions are about as many as you expect.',
      },
      columns: {
        heading: 'How long are the histories?',
        ask: 'Half of your users have so many items or fewer. What do you guess?',
        explain:
          'With fewer than three or four items there is little order to learn from; “Filter and split” can leave short histories out.',
      },
      yardstick: {
        heading: 'The yardstick',
        ask: 'Of 100 users, how many find their next item among the 20 most popular?',
        say: 'Press “Rank by the baselines”.',
        explain: 'This is what can be had without training, and what the model has to beat.',
      },
      train: {
        heading: 'Train',
        say: 'Press “Start training”. The line above tells how long it takes.',
        explain: 'After each epoch every user’s held-back item is ranked among all items.',
      },
      better: {
        heading: 'Is it better?',
        say: 'Let it train until the curve is flat. Below the dashed line it has learnt nothing: try more epochs, or longer histories.',
      },
      try: {
        heading: 'Try it',
        say: 'Add items that you know to the history.',
        explain: 'Do the recommendations make sense to somebody who knows the goods? Numbers do not tell everything.',
      },
      keep: {
        heading: 'Take it with you',
        say: '“Save checkpoint” gives you the model as a file; this page and the command line go on with it.',
      },
    },
  },
}

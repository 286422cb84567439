//! Attributes of items that latent dimensions can be tied to: popularity, genres, words of titles.
//!
//! In: a data set with the titles and genres of its items, or the labels that a run was trained with. Out: [`ItemAttributes`], a value from 0
//! to 1 for each item and attribute, under names such as `genre=Comedy`. The first attribute belongs to the first latent dimension, and so on.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::Config;
use crate::{evaluate::training_counts, log::Dataset};

/// Name of the attribute that every log has.
const POPULARITY: &str = "popularity";
/// Prefix of the name of a genre.
const GENRE: &str = "genre=";
/// Prefix of a word of titles.
const WORD: &str = "word=";
/// Letters of a word of titles at least: shorter ones are mostly articles and numbers.
const LETTERS: usize = 4;
/// Largest share of the items that a word of titles may be in: what is nearly everywhere tells nothing apart.
const COMMON: f64 = 0.5;
/// Items that a word of titles must be in.
const FEW: usize = 3;

/// Attributes of items that latent dimensions are tied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attributes {
    /// None: no dimension has a meaning.
    None,
    /// How popular an item is, which every log tells.
    Popularity,
    /// Popularity and the commonest genres; words of titles where there are no genres.
    Labels,
}

/// One attribute with the items that have it, as a run keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeLabels {
    /// Its name, such as `genre=Comedy`.
    pub name: String,
    /// Item indices, ascending; empty for the popularity, which follows from the data.
    pub items: Vec<u32>,
}

/// Values of attributes by item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemAttributes {
    names: Vec<String>,
    /// `[items, A]`, row-major.
    values: Vec<f32>,
}

impl ItemAttributes {
    /// Attributes that a configuration ties; `None` if it ties none, or its model has no latent for each position.
    pub(super) fn tied(config: &Config, data: &Dataset) -> Option<Self> {
        let objective = &config.objective;
        if config.model.kind.is_of_bags() || objective.attributes == Attributes::None {
            return None;
        }
        let count = match objective.attributes {
            Attributes::Labels => objective.attribute_count.min(config.model.hidden_size),
            _ => 1,
        };
        Some(Self::of(data, count))
    }

    /// Popularity and the `count - 1` commonest genres of a data set; where no item has a genre, words of titles; popularity alone where
    /// there are neither.
    pub fn of(data: &Dataset, count: usize) -> Self {
        let mut labels = vec![AttributeLabels {
            name: POPULARITY.to_owned(),
            items: Vec::new(),
        }];
        let most = count.saturating_sub(1);
        labels.extend(match data.genres.is_empty() {
            true => words(data, most),
            false => genres(data, most),
        });
        Self::recorded(&labels, data)
    }

    /// The attributes of a run that was trained with these labels.
    pub(super) fn recorded(labels: &[AttributeLabels], data: &Dataset) -> Self {
        let (items, count) = (data.items.len(), labels.len());
        let mut values = vec![0.0; items * count];
        for (at, label) in labels.iter().enumerate() {
            if label.name == POPULARITY {
                for (item, value) in popularity(&training_counts(data)).into_iter().enumerate() {
                    values[item * count + at] = value;
                }
            }
            for &item in label.items.iter().filter(|&&item| (item as usize) < items) {
                values[item as usize * count + at] = 1.0;
            }
        }
        Self {
            names: labels.iter().map(|label| label.name.clone()).collect(),
            values,
        }
    }

    /// Names, in the order of the latent dimensions.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Values of one item, one for each name; empty if there is no such item.
    pub fn of_item(&self, item: u32) -> &[f32] {
        let count = self.names.len();
        self.values
            .get(item as usize * count..(item as usize + 1) * count)
            .unwrap_or_default()
    }

    /// The attributes as a run keeps them.
    pub(super) fn labels(&self) -> Vec<AttributeLabels> {
        let count = self.names.len().max(1);
        let of = |(at, name): (usize, &String)| AttributeLabels {
            name: name.clone(),
            items: match name == POPULARITY {
                true => Vec::new(),
                false => (0..)
                    .zip(self.values.chunks_exact(count))
                    .filter_map(|(item, values)| (values[at] > 0.0).then_some(item))
                    .collect(),
            },
        };
        self.names.iter().enumerate().map(of).collect()
    }

    /// Attributes of next items, `[N, A]`; `targets` count from 1, and 0, where there is none, has zeros.
    pub(super) fn of_targets(&self, targets: &[i32], device: &Device) -> Tensor<2> {
        let count = self.names.len();
        let mut values = Vec::with_capacity(targets.len() * count);
        for &target in targets {
            match u32::try_from(target - 1) {
                Ok(item) => values.extend_from_slice(self.of_item(item)),
                Err(_) => values.extend(std::iter::repeat_n(0.0, count)),
            }
        }
        Tensor::from_data(TensorData::new(values, [targets.len(), count]), device)
    }
}

/// Popularity of each item as a share: interactions with less popular items, and half of those with equally popular ones, of all. So the
/// items of interactions, one interaction each, lie evenly between 0 and 1.
fn popularity(counts: &[u32]) -> Vec<f32> {
    let mut by_count: BTreeMap<u32, f64> = BTreeMap::new();
    for &count in counts {
        *by_count.entry(count).or_default() += f64::from(count);
    }
    let all: f64 = by_count.values().sum::<f64>().max(1.0);
    let mut below = 0.0;
    for sum in by_count.values_mut() {
        let own = *sum;
        *sum = (below + 0.5 * own) / all;
        below += own;
    }
    counts.iter().map(|count| by_count[count] as f32).collect()
}

/// The first genres of a data set, whose order is by the number of items.
fn genres(data: &Dataset, most: usize) -> Vec<AttributeLabels> {
    let mut labels: Vec<AttributeLabels> = data.genres.iter().take(most).map(|genre| labelled(GENRE, genre)).collect();
    for (item, found) in (0..).zip(&data.items) {
        // A genre that is named twice is one.
        for genre in BTreeSet::from_iter(&found.genres) {
            if let Some(label) = labels.get_mut(*genre as usize) {
                label.items.push(item);
            }
        }
    }
    labels
}

/// The commonest words of titles, of equally common ones the first of the alphabet.
fn words(data: &Dataset, most: usize) -> Vec<AttributeLabels> {
    let mut items_of: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (item, found) in (0..).zip(&data.items) {
        let title = found.title.as_deref().unwrap_or_default().to_lowercase();
        let words = title.split(|letter: char| !letter.is_alphabetic());
        for word in words
            .filter(|word| word.chars().count() >= LETTERS)
            .collect::<BTreeSet<&str>>()
        {
            items_of.entry(word.to_owned()).or_default().push(item);
        }
    }
    let bound = (COMMON * data.items.len() as f64) as usize;
    items_of.retain(|_, items| (FEW..=bound).contains(&items.len()));
    let mut found: Vec<(String, Vec<u32>)> = items_of.into_iter().collect();
    found.sort_by_key(|(_, items)| std::cmp::Reverse(items.len()));
    let label = |(word, items): (String, Vec<u32>)| AttributeLabels {
        items,
        ..labelled(WORD, &word)
    };
    found.into_iter().take(most).map(label).collect()
}

fn labelled(kind: &str, name: &str) -> AttributeLabels {
    AttributeLabels {
        name: format!("{kind}{name}"),
        items: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{ReadOptions, read};

    fn data(items: &str) -> Dataset {
        let log = "user,item,time\n1,a,1\n1,b,2\n1,c,3\n1,a,4\n2,a,1\n2,b,2\n2,d,3\n2,a,4\n2,c,5\n3,a,1\n3,b,2\n3,c,3\n3,d,4\n";
        let items = Some(("items.csv", items.as_bytes())).filter(|(_, text)| !text.is_empty());
        read(("log.csv", log.as_bytes()), items, &ReadOptions::with_k_core(1)).unwrap()
    }

    fn values(attributes: &ItemAttributes, data: &Dataset, id: &str) -> Vec<f32> {
        let item = data.items.iter().position(|item| item.id == id).unwrap();
        attributes.of_item(item as u32).to_vec()
    }

    #[test]
    fn popularity_is_the_share_of_interactions_below() {
        // Of ten interactions 5 + 3 + 2: the middle of each step.
        assert_eq!(popularity(&[5, 3, 2, 0]), [0.75, 0.35, 0.1, 0.0]);
        assert_eq!(popularity(&[2, 2]), [0.5, 0.5]);
        assert_eq!(popularity(&[0]), [0.0]);
    }

    #[test]
    fn genres_stand_in_the_order_of_their_number_of_items() {
        let data = data("item,title,genres\na,One,Drama|Comedy\nb,Two,Drama\nc,Three,Comedy|Drama\nd,Four,War\n");
        let attributes = ItemAttributes::of(&data, 3);
        assert_eq!(attributes.names(), ["popularity", "genre=Drama", "genre=Comedy"]);
        assert_eq!(values(&attributes, &data, "b")[1..], [1.0, 0.0]);
        assert_eq!(values(&attributes, &data, "c")[1..], [1.0, 1.0]);
        assert_eq!(values(&attributes, &data, "d")[1..], [0.0, 0.0]);
        assert!(values(&attributes, &data, "a")[0] > values(&attributes, &data, "d")[0]);
        assert_eq!(attributes.of_item(4), [] as [f32; 0]);
        assert_eq!(ItemAttributes::of(&data, 1).names(), ["popularity"]);
        assert_eq!(ItemAttributes::recorded(&attributes.labels(), &data), attributes);
    }

    #[test]
    fn without_genres_words_of_titles_and_without_titles_popularity_alone() {
        let titled = "item,title\na,Night train\nb,The night\nc,Night and night\nd,Day\ne,Day off\nf,Train\n";
        let mut with = data(titled);
        // Of six items three have the word.
        with.items.extend(with.items[..2].to_vec());
        for (item, title) in with
            .items
            .iter_mut()
            .zip(["Night train", "The night", "Night, night!", "Day", "Day off", "Train"])
        {
            item.title = Some(title.to_owned());
        }
        with.item_counts.extend([0, 0]);
        let attributes = ItemAttributes::of(&with, 8);
        assert_eq!(attributes.names(), ["popularity", "word=night"]);
        assert_eq!(attributes.labels()[1].items, [0, 1, 2]);
        assert_eq!(ItemAttributes::of(&data(""), 8).names(), ["popularity"]);
    }

    #[test]
    fn next_items_bring_their_attributes_and_padding_none() {
        let data = data("item,title,genres\na,One,Drama\nb,Two,War\nc,Three,War\nd,Four,War\n");
        let attributes = ItemAttributes::of(&data, 2);
        let item = data.items.iter().position(|item| item.id == "b").unwrap() as u32;
        let device = crate::device::Compute::cpu().device().clone();
        let found: Vec<f32> = attributes
            .of_targets(&[0, item as i32 + 1], &device)
            .into_data()
            .try_to_vec()
            .unwrap();
        assert_eq!(found[..2], [0.0, 0.0]);
        assert_eq!(found[2..], *attributes.of_item(item));
        assert_eq!(found[3], 1.0);
    }
}

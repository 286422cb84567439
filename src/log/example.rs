//! The built-in example: the log of an invented bookshop, made from a seed.
//!
//! In: [`Example`], a seed and a few numbers. Out: a [`Dataset`] of which everything is known: the genre of each book, which
//! book follows which, and where tastes go. It lets a model's map and its recommendations be checked against the truth, and no
//! real person's data is shipped.
//!
//! How the shop works:
//!
//! - **Genres** lie on a ring, each beside two that are like it (sea voyages, island gardens, village kitchens, …). A few are
//!   larger than the others.
//! - **Books** come singly or in series of two to four volumes. Within a genre the series have a long tail: the one at rank r
//!   is chosen with a weight of 1 / (r + 1), a later volume with about a third of its first volume's.
//! - **Readers** like one to three genres, a home genre and as a rule its neighbours. Their taste drifts: from their first book to
//!   their last, a share `drift` of it moves one place along the ring, in a direction of their own.
//! - **The next book** is, with probability `follow`, the next volume of the series that was just read. Otherwise two times in
//!   five a book of the same genre, else one after the reader's taste of the moment; one time in twenty-five anything at all.
//!   Nobody reads a book twice.
//! - **Lengths** are 5 to 40 books, about 12 on average, most of them short.
//!
//! So a model that knows only popularity does badly, one that knows the last book does well, and one that knows the whole
//! history can do better still. Titles are two invented parts that fit the genre and are unique. The same seed gives the same
//! log on every machine: the random stream is ChaCha's, and only additions, multiplications, divisions and comparisons of
//! doubles decide, which are exact everywhere (no logarithms or powers, whose last digit differs between platforms).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::log::error::LogError;
use crate::log::meaning::time::TimeUnit;
use crate::log::sequences::dataset::{Dataset, assemble};
use crate::log::sequences::dictionary::Dictionary;
use crate::log::sequences::interactions::{Interactions, NO_RATING};
use crate::log::sequences::item_info::ItemInfo;
use crate::log::sequences::options::ReadOptions;
use crate::log::sequences::raw::RawLog;
use crate::log::sequences::summary::Skips;

/// Parameters of the example shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Example {
    /// Seed of every random choice.
    pub seed: u32,
    /// Readers, 10 to 100,000.
    pub users: u32,
    /// Books, 60 to 240 for each genre. Books that nobody read do not appear in the data set.
    pub items: u32,
    /// Genres, 2 to 8.
    pub genres: u32,
    /// Share of a reader's taste that has moved to a neighbouring genre by the last book, 0 to 1.
    pub drift: f64,
    /// Probability that the next volume of a series follows the one before, 0 to 1.
    pub follow: f64,
}

impl Default for Example {
    fn default() -> Self {
        Example {
            seed: 1,
            users: 1000,
            items: 300,
            genres: 8,
            drift: 0.5,
            follow: 0.6,
        }
    }
}

const LEAST_USERS: u32 = 10;
const MOST_USERS: u32 = 100_000;
const LEAST_ITEMS: u32 = 60;
/// Below the number of titles that a genre's two lists of words give.
const MOST_ITEMS_OF_A_GENRE: u32 = 240;
const SHORTEST: usize = 5;
const LONGEST: usize = 40;
/// Probability that a history goes on after its fifth book; the mean length is 5 + 7.5, less what the longest length cuts off.
const GO_ON: f64 = 15.0 / 17.0;
/// Weight of a later volume for somebody who comes to the series by chance.
const LATER_VOLUME: f64 = 0.35;
/// Probability to stay in the genre of the book before.
const STAY: f64 = 0.4;
/// Probability of a book out of any genre.
const ANYTHING: f64 = 0.04;

/// Name, 16 first and 16 second parts of titles. Genres beside each other are alike, and the last is like the first.
const GENRES: [(&str, &str, &str); 8] = [
    (
        "Sea Voyages",
        "Saltmarsh, Tidewater, Gull's, Barnacle, Stormglass, Driftwood, Herring, Leeward, Pilot's, Coral, Foghorn, \
         Half-Moon, Pearl Diver's, Cormorant, Brine, Windward",
        "Lighthouse, Passage, Harbour, Crossing, Anchor, Regatta, Logbook, Mermaid, Voyage, Ferry, Shipwreck, Captain, \
         Sandbar, Compass, Undertow, Schooner",
    ),
    (
        "Island Gardens",
        "Fig Tree, Hibiscus, Terrace, Lemon, Bramble, Foxglove, Moss, Beekeeper's, Quince, Walled, Heron, Clover, \
         Orchard, Thistledown, Lavender, Snail's",
        "Garden, Greenhouse, Hedge, Almanac, Blossom, Seedling, Arbour, Summer, Trellis, Sundial, Gate, Pond, Nursery, \
         Meadow, Hammock, Wheelbarrow",
    ),
    (
        "Village Kitchens",
        "Butter, Cinnamon, Copper Pot, Plum, Rye, Grandmother's, Saffron, Honey, Sourdough, Onion, Marmalade, \
         Chestnut, Peppermint, Dumpling, Elderflower, Nutmeg",
        "Kitchen, Supper, Bakery, Table, Feast, Cupboard, Recipe, Oven, Market, Picnic, Ladle, Breakfast, Pantry, \
         Apron, Cookbook, Harvest",
    ),
    (
        "Teatime Mysteries",
        "Crooked Spoon, Vicarage, Missing Glove, Second Cup, Chintz, Postmistress, Locked Pianola, Unsigned, Parlour, \
         Colonel's, Raspberry, Velvet, Borrowed, Whispering, Umbrella, Silver Thimble",
        "Mystery, Alibi, Clue, Secret, Suspect, Riddle, Affair, Witness, Puzzle, Inquest, Confession, Disguise, \
         Letter, Footprint, Motive, Heirloom",
    ),
    (
        "Clockwork Inventions",
        "Brass, Pendulum, Mainspring, Magnetic, Tinker's, Steam, Quicksilver, Perpetual, Cogwheel, Galvanic, Glass, \
         Ratchet, Punchcard, Automatic, Pneumatic, Winding",
        "Engine, Automaton, Patent, Workshop, Nightingale, Apprentice, Contraption, Chronometer, Piano, Owl, \
         Blueprint, Inventor, Gyroscope, Machine, Duchess, Laboratory",
    ),
    (
        "Railway Journeys",
        "Midnight, Branch Line, Sleeper, Viaduct, Platform Nine, Narrow Gauge, Signalman's, Northbound, Dining Car, \
         Coal, Slow, Whistle Stop, Frontier, Tunnel, Overland, Last",
        "Express, Station, Timetable, Journey, Conductor, Ticket, Junction, Departure, Locomotive, Waiting Room, \
         Carriage, Connection, Luggage, Terminus, Stowaway, Crossroads",
    ),
    (
        "Mountain Huts",
        "Glacier, Edelweiss, Marmot, Avalanche, Cowbell, Ridgeway, Eagle's, Snowline, Larch, Granite, Goatherd's, \
         Cairn, Icefall, Thin Air, Rope Bridge, Lantern",
        "Summit, Hut, Ascent, Pass, Shepherd, Valley, Winter, Echo, Guide, Refuge, Trail, Peak, Campfire, Cabin, \
         Descent, Outlook",
    ),
    (
        "Night Skies",
        "Comet, Moonlit, Polar, Stargazer's, Aurora, Silent, Seventh, Eclipse, Indigo, Faraway, Orion, Meteor, \
         Twilight, Radiant, Unnamed, Astrolabe",
        "Observatory, Constellation, Telescope, Orbit, Planet, Horizon, Zenith, Satellite, Nebula, Signal, Cosmos, \
         Meridian, Starlight, Equinox, Beacon, Sky",
    ),
];

/// Makes the shop and its log and puts it through the same assembly as a log from a file, all of it kept.
pub fn generate(example: &Example) -> Result<Dataset, LogError> {
    assemble(&generate_log(example)?, None, &ReadOptions::with_k_core(1))
}

/// Makes the shop's log, for an assembly with options of one's own.
pub fn generate_log(example: &Example) -> Result<RawLog, LogError> {
    check(example)?;
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(example.seed));
    let shop = Shop::new(&mut rng, example.genres as usize, example.items as usize);
    let mut interactions = Interactions::default();
    for reader in 0..example.users {
        for book in shop.history(&mut rng, example) {
            interactions.push(reader, book as u32, NO_RATING, None);
        }
    }
    let names = |count: u32, name: &dyn Fn(u32) -> String| -> Dictionary {
        let names: Vec<String> = (1..=count).map(name).collect();
        names.iter().map(String::as_str).collect()
    };
    Ok(RawLog {
        events: Vec::new(),
        encoding: None,
        name: "Example bookshop".to_owned(),
        format: format!("generated from seed {}", example.seed),
        columns: vec!["user".to_owned(), "item".to_owned(), "title".to_owned(), "genres".to_owned()],
        column_names: Vec::new(),
        users: names(example.users, &|number| format!("Reader {number}")),
        items: names(shop.books.len() as u32, &|number| format!("B{number:04}")),
        interactions,
        unit: TimeUnit::Order,
        ratings: Vec::new(),
        infos: shop
            .books
            .iter()
            .map(|book| ItemInfo {
                title: Some(book.title.clone()),
                genres: vec![book.genre as u32],
            })
            .collect(),
        genre_names: GENRES.iter().map(|(name, _, _)| (*name).to_owned()).collect(),
        skips: Skips::default(),
        notes: vec!["Everything in this log is invented: readers, books, genres and tastes.".to_owned()],
        preview: None,
    })
}

fn check(example: &Example) -> Result<(), LogError> {
    let whole = |key, value: u32, least: u32, most: u32| {
        let range = format!("a whole number from {least} to {most}");
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(LogError::Example {
                key,
                value: value.to_string(),
                range,
            })
        }
    };
    let share = |key, value: f64| {
        let range = "a number from 0 to 1".to_owned();
        if (0.0..=1.0).contains(&value) {
            Ok(())
        } else {
            Err(LogError::Example {
                key,
                value: value.to_string(),
                range,
            })
        }
    };
    whole("users", example.users, LEAST_USERS, MOST_USERS)?;
    whole("genres", example.genres, 2, GENRES.len() as u32)?;
    whole("items", example.items, LEAST_ITEMS, example.genres * MOST_ITEMS_OF_A_GENRE)?;
    share("drift", example.drift)?;
    share("follow", example.follow)
}

struct Book {
    title: String,
    genre: usize,
    /// Whether the next book in the list is the next volume of this one's series.
    continues: bool,
}

struct Shelf {
    /// Place of its first book in the list.
    first: usize,
    /// Sums of the weights of its books up to and with each.
    sums: Vec<f64>,
}

/// All books, genre by genre and volume by volume.
struct Shop {
    books: Vec<Book>,
    shelves: Vec<Shelf>,
}

impl Shop {
    fn new(rng: &mut ChaCha8Rng, genres: usize, items: usize) -> Self {
        let mut shop = Shop {
            books: Vec::with_capacity(items),
            shelves: Vec::with_capacity(genres),
        };
        for (genre, (_, first_parts, second_parts)) in GENRES.iter().take(genres).enumerate() {
            // The first genres take what does not divide evenly.
            let size = items / genres + usize::from(genre < items % genres);
            let mut stems: Vec<(&str, &str)> = first_parts
                .split(", ")
                .flat_map(|first| second_parts.split(", ").map(move |second| (first, second)))
                .collect();
            shuffle(rng, &mut stems);
            let mut shelf = Shelf {
                first: shop.books.len(),
                sums: Vec::with_capacity(size),
            };
            let mut sum = 0.0;
            for (rank, (first, second)) in stems.into_iter().enumerate() {
                let left = size - shelf.sums.len();
                if left == 0 {
                    break;
                }
                let volumes = (1 + pick(rng, &[0.4, 0.25, 0.2, 0.15])).min(left);
                for volume in 1..=volumes {
                    let number = if volumes > 1 {
                        format!(", Volume {volume}")
                    } else {
                        String::new()
                    };
                    shop.books.push(Book {
                        title: format!("The {first} {second}{number}"),
                        genre,
                        continues: volume < volumes,
                    });
                    sum += if volume == 1 { 1.0 } else { LATER_VOLUME } / (rank as f64 + 1.0);
                    shelf.sums.push(sum);
                }
            }
            shop.shelves.push(shelf);
        }
        shop
    }

    /// One reader's books, first to last.
    fn history(&self, rng: &mut ChaCha8Rng, example: &Example) -> Vec<usize> {
        let taste = Taste::new(rng, self.shelves.len());
        let mut length = SHORTEST;
        while length < LONGEST && rng.random::<f64>() < GO_ON {
            length += 1;
        }
        let mut history: Vec<usize> = Vec::with_capacity(length);
        while history.len() < length {
            let last = history.last().copied();
            if let Some(last) = last.filter(|&last| self.books[last].continues && !history.contains(&(last + 1)))
                && rng.random::<f64>() < example.follow
            {
                history.push(last + 1);
                continue;
            }
            let moved = example.drift * history.len() as f64 / (length - 1) as f64;
            let genre = if rng.random::<f64>() < ANYTHING {
                below(rng, self.shelves.len())
            } else {
                match last {
                    Some(last) if rng.random::<f64>() < STAY => self.books[last].genre,
                    _ => taste.genre(rng, moved),
                }
            };
            match self.unread(rng, genre, &history) {
                Some(book) => history.push(book),
                // The shelf is read empty, which only tiny shops let happen; then whatever is left.
                None => match (0..self.books.len()).find(|book| !history.contains(book)) {
                    Some(book) => history.push(book),
                    None => break,
                },
            }
        }
        history
    }

    /// A book of a genre by popularity, among those not read yet.
    fn unread(&self, rng: &mut ChaCha8Rng, genre: usize, history: &[usize]) -> Option<usize> {
        const TRIES: usize = 32;
        let shelf = self.shelves.get(genre)?;
        let all = shelf.sums.last().copied()?;
        for _ in 0..TRIES {
            let at = rng.random::<f64>() * all;
            let book = shelf.first + shelf.sums.partition_point(|&sum| sum <= at).min(shelf.sums.len() - 1);
            if !history.contains(&book) {
                return Some(book);
            }
        }
        (shelf.first..shelf.first + shelf.sums.len()).find(|book| !history.contains(book))
    }
}

/// Initial taste of a reader, and its drift.
struct Taste {
    /// Genres with their shares.
    at_first: Vec<(usize, f64)>,
    /// Steps along the ring by which each genre moves: 1, or as many as lead to the other neighbour.
    step: usize,
    genres: usize,
}

impl Taste {
    fn new(rng: &mut ChaCha8Rng, genres: usize) -> Self {
        let sizes: Vec<f64> = (0..genres).map(|genre| 1.0 / (genre as f64 + 4.0)).collect();
        let home = pick(rng, &sizes);
        let shares: &[f64] = match pick(rng, &[0.3, 0.45, 0.25]) {
            0 => &[1.0],
            1 => &[0.65, 0.35],
            _ => &[0.5, 0.3, 0.2],
        };
        let at_first = shares
            .iter()
            .enumerate()
            .map(|(at, &share)| match at {
                0 => (home, share),
                // A side taste is as a rule one of the neighbours of home, sometimes anything.
                _ if rng.random::<f64>() < 0.3 => (below(rng, genres), share),
                _ if rng.random::<f64>() < 0.5 => ((home + 1) % genres, share),
                _ => ((home + genres - 1) % genres, share),
            })
            .collect();
        let step = if rng.random::<f64>() < 0.5 { 1 } else { genres - 1 };
        Taste { at_first, step, genres }
    }

    /// A genre after the taste of which the share `moved` has gone on to the neighbour.
    fn genre(&self, rng: &mut ChaCha8Rng, moved: f64) -> usize {
        let shares: Vec<f64> = self.at_first.iter().map(|(_, share)| *share).collect();
        let genre = self.at_first[pick(rng, &shares)].0;
        if rng.random::<f64>() < moved {
            (genre + self.step) % self.genres
        } else {
            genre
        }
    }
}

/// An index below `count`, all alike.
fn below(rng: &mut ChaCha8Rng, count: usize) -> usize {
    ((rng.random::<f64>() * count as f64) as usize).min(count.saturating_sub(1))
}

/// An index, by weights.
fn pick(rng: &mut ChaCha8Rng, weights: &[f64]) -> usize {
    let mut at = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        at -= weight;
        if at < 0.0 {
            return index;
        }
    }
    weights.len().saturating_sub(1)
}

fn shuffle<T>(rng: &mut ChaCha8Rng, list: &mut [T]) {
    for end in (1..list.len()).rev() {
        list.swap(end, below(rng, end + 1));
    }
}

#[cfg(test)]
mod tests;

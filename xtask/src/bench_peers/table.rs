//! The table of the peers: medians with quartiles, and how many times as long a peer takes.
//!
//! In: the readings of one run. Out: a table in Markdown. Where half of the readings of anybody lie further apart than by half, the machine did
//! something else meanwhile and no ratio of that task is told.

use serde_json::Value;

/// Largest third quartile as a multiple of the first one.
const STEADY: f64 = 1.5;

/// Quartiles of some readings.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Quartiles {
    first: f64,
    median: f64,
    third: f64,
}

impl Quartiles {
    /// `None` without readings. Between two readings lies what a line between them gives.
    fn of(readings: &[f64]) -> Option<Self> {
        let mut sorted = readings.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            sorted[low] + (sorted[high] - sorted[low]) * place.fract()
        };
        Some(Self {
            first: at(0.25),
            median: at(0.5),
            third: at(0.75),
        })
    }

    fn is_steady(self) -> bool {
        self.third <= STEADY * self.first
    }

    fn told(self) -> String {
        format!("{:.0} ({:.0} to {:.0})", self.median, self.first, self.third)
    }
}

/// A contestant with its readings: by the clock and, where the system tells it, by processor time.
struct Contestant<'a> {
    name: &'a str,
    wall: Option<Quartiles>,
    processor: Option<Quartiles>,
}

impl<'a> Contestant<'a> {
    fn read(value: &'a Value) -> Self {
        let readings = |key: &str| -> Vec<f64> {
            value[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_f64)
                .collect()
        };
        Self {
            name: value["name"].as_str().unwrap_or_default(),
            wall: Quartiles::of(&readings("wall")),
            processor: Quartiles::of(&readings("processor")),
        }
    }
}

/// Times that a peer takes of the first contestant's, or what forbids to tell.
fn ratio(peer: Option<Quartiles>, ours: Option<Quartiles>, steady: bool) -> String {
    match (peer, ours) {
        (Some(peer), Some(ours)) if steady => format!("{:.2}", peer.median / ours.median),
        (Some(_), Some(_)) => "not told".to_owned(),
        _ => "–".to_owned(),
    }
}

/// The whole table.
pub fn table(result: &Value) -> String {
    let mut text = format!(
        "{}, {} turns of each, one thread each; milliseconds a step, medians and quartiles\n\n| | | by the clock | times | by processor time | times |\n|---|---|---|---|---|---|\n",
        result["browser"].as_str().unwrap_or("natively"),
        result["rounds"]
    );
    let mut loads = String::new();
    let mut unsteady = Vec::new();
    for task in result["tasks"].as_array().into_iter().flatten() {
        let name = task["name"].as_str().unwrap_or_default();
        let contestants: Vec<Contestant<'_>> = task["contestants"]
            .as_array()
            .into_iter()
            .flatten()
            .map(Contestant::read)
            .collect();
        let steady_by =
            |of: &dyn Fn(&Contestant<'_>) -> Option<Quartiles>| contestants.iter().filter_map(of).all(Quartiles::is_steady);
        let by_wall = steady_by(&|one| one.wall);
        let by_processor = steady_by(&|one| one.processor);
        if !by_wall || !by_processor {
            unsteady.push(name);
        }
        let told = |quartiles: Option<Quartiles>| quartiles.map_or("–".to_owned(), Quartiles::told);
        let Some(ours) = contestants.first() else { continue };
        for one in &contestants {
            text += &format!(
                "| {name} | {} | {} | {} | {} | {} |\n",
                one.name,
                told(one.wall),
                ratio(one.wall, ours.wall, by_wall),
                told(one.processor),
                ratio(one.processor, ours.processor, by_processor),
            );
        }
        let load = |key: &str| {
            task["load"][key]
                .as_f64()
                .map_or("unknown".to_owned(), |load| format!("{load:.2}"))
        };
        loads += &format!(
            "{name}: load {} before, {} after; other processes took {} cores\n",
            load("before"),
            load("after"),
            load("others")
        );
    }
    text += &format!("\n{loads}");
    if !unsteady.is_empty() {
        text += &format!(
            "\nThe quartiles lie further apart than by half: {}. The machine did something else meanwhile; ratios want a quieter one.\n",
            unsteady.join("; ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(peer: &[f64]) -> Value {
        json!({
            "browser": "chromium 1",
            "rounds": 5,
            "tasks": [{
                "name": "no padding",
                "load": { "before": 0.5, "after": 1.25, "others": null },
                "contestants": [
                    { "name": "ours", "wall": [10.0, 11.0, 10.0, 12.0, 10.0], "processor": [] },
                    { "name": "theirs", "wall": peer, "processor": [] },
                ],
            }],
        })
    }

    #[test]
    fn quartiles_lie_between_readings() {
        let of = |readings: &[f64]| Quartiles::of(readings).map(|found| (found.first, found.median, found.third));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7.0]), Some((7.0, 7.0, 7.0)));
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0]), Some((1.75, 2.5, 3.25)));
    }

    #[test]
    fn ratios_are_of_medians_with_the_load_beside_them() {
        let told = table(&result(&[30.0, 40.0, 42.0, 44.0, 400.0]));
        assert!(
            told.contains("| no padding | theirs | 42 (40 to 44) | 4.20 | – | – |"),
            "{told}"
        );
        assert!(
            told.contains("| no padding | ours | 10 (10 to 11) | 1.00 | – | – |"),
            "{told}"
        );
        assert!(
            told.contains("load 0.50 before, 1.25 after; other processes took unknown cores"),
            "{told}"
        );
        assert!(!told.contains("further apart"), "{told}");
    }

    #[test]
    fn a_busy_machine_gets_no_ratio() {
        let told = table(&result(&[30.0, 40.0, 42.0, 61.0, 400.0]));
        assert!(told.contains("| theirs | 42 (40 to 61) | not told |"), "{told}");
        assert!(told.contains("further apart than by half: no padding."), "{told}");
        // Half as much again is still told.
        assert!(table(&result(&[30.0, 40.0, 42.0, 60.0, 400.0])).contains("| 4.20 |"));
    }
}

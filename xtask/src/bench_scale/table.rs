//! The table of growth: seconds, memory and exponents of each stage, natively and in the page.
//!
//! In: the numbers of the benchmark. Out: a table in Markdown, what grows faster than its work, and where the page stopped.

use serde_json::Value;

use super::{STAGES, Work};

/// Largest exponent of growth against the work that is no fault.
const MOST_GROWTH: f64 = 1.1;

/// Where something is measured: a name before each stage, and the numbers.
struct Place<'a> {
    prefix: &'static str,
    sizes: Vec<&'a Value>,
}

impl<'a> Place<'a> {
    fn new(prefix: &'static str, result: &'a Value) -> Self {
        let sizes = result["sizes"].as_array().into_iter().flatten().collect();
        Self { prefix, sizes }
    }

    /// A number of each size; not a number where it was not measured.
    fn column(&self, of: impl Fn(&Value) -> &Value) -> Vec<f64> {
        self.sizes.iter().map(|size| of(size).as_f64().unwrap_or(f64::NAN)).collect()
    }

    /// Exponents of growth between neighbours.
    fn exponents(&self, seconds: &[f64], work: Work) -> Vec<f64> {
        let pairs = self.sizes.windows(2).zip(seconds.windows(2));
        pairs
            .map(|(sizes, seconds)| exponent([seconds[0], seconds[1]], [amount(sizes[0], work), amount(sizes[1], work)]))
            .collect()
    }
}

/// How much work a stage has at a size, in units of its own.
fn amount(size: &Value, work: Work) -> f64 {
    let of = |key: &str| size[key].as_f64().unwrap_or(f64::NAN);
    match work {
        Work::Log => of("interactions"),
        Work::Items => of("items"),
        Work::Ranking => of("users") * of("items"),
    }
}

/// Exponent of growth: how many tenfolds of `what` come with a tenfold of `by`.
fn exponent(what: [f64; 2], by: [f64; 2]) -> f64 {
    (what[1] / what[0]).ln() / (by[1] / by[0]).ln()
}

fn cell(value: f64, told: impl Fn(f64) -> String) -> String {
    if value.is_finite() { told(value) } else { "–".to_owned() }
}

/// A row of the table with a cell for each of `count` sizes.
fn row(name: &str, mut cells: Vec<String>, count: usize, ends: [&str; 2]) -> String {
    cells.resize(count.max(cells.len()), "–".to_owned());
    format!("| {name} | {} | {} | {} |\n", cells.join(" | "), ends[0], ends[1])
}

/// The table in Markdown.
pub fn table(result: &Value) -> String {
    let native = Place::new("", result);
    let count = native.sizes.len();
    let page = Place::new("page: ", &result["page"]);
    let mut text = row(
        "stage",
        native
            .column(|size| &size["interactions"])
            .into_iter()
            .map(|size| format!("{size:.0e}"))
            .collect(),
        count,
        ["exponents", "against its work"],
    );
    text += &format!("|---|{}\n", "---|".repeat(count + 2));
    for (name, key) in [("users after the filter", "users"), ("items after the filter", "items")] {
        let cells = native
            .column(|size| &size[key])
            .into_iter()
            .map(|value| value.to_string())
            .collect();
        text += &row(name, cells, count, ["", ""]);
    }
    let mut faults = Vec::new();
    for place in [&native, &page] {
        if place.sizes.is_empty() {
            continue;
        }
        for (key, name, work) in STAGES {
            let seconds = place.column(|size| &size[key]["seconds"]);
            let bytes = place.column(|size| &size[key]["peak_bytes"]);
            let cells = seconds.iter().zip(&bytes).map(|(&seconds, &bytes)| {
                let memory = cell(bytes, |bytes| format!("{:.0} MB", bytes / 1e6));
                cell(seconds, |seconds| format!("{seconds:.2} s, {memory}"))
            });
            let (by_log, by_work) = (place.exponents(&seconds, Work::Log), place.exponents(&seconds, work));
            let told = |exponents: &[f64]| {
                let told: Vec<String> = exponents.iter().map(|&one| cell(one, |one| format!("{one:.2}"))).collect();
                told.join(", ")
            };
            let name = format!("{}{name}", place.prefix);
            text += &row(&name, cells.collect(), count, [&told(&by_log), &told(&by_work)]);
            if by_work.iter().any(|&exponent| exponent > MOST_GROWTH) {
                faults.push(name);
            }
        }
    }
    text + &memory_of_the_module(&page, count) + &faults_told(&faults) + &stops(&page)
}

/// Memory of the page's module at the end of its last stage; it never shrinks.
fn memory_of_the_module(page: &Place<'_>, count: usize) -> String {
    if page.sizes.is_empty() {
        return String::new();
    }
    let most = page.sizes.iter().map(|size| {
        let bytes = STAGES
            .iter()
            .filter_map(|(key, ..)| size[*key]["wasm_bytes"].as_f64())
            .reduce(f64::max);
        cell(bytes.unwrap_or(f64::NAN), |bytes| format!("{:.0} MB", bytes / 1e6))
    });
    row("page: memory of the module", most.collect(), count, ["", ""])
}

fn faults_told(faults: &[String]) -> String {
    match faults {
        [] => format!("\nNothing grows faster than its work (exponent above {MOST_GROWTH}).\n"),
        faults => format!(
            "\nFaster than its work (exponent above {MOST_GROWTH}): {}.\n",
            faults.join(", ")
        ),
    }
}

/// A sentence for each size that the page did not come through.
fn stops(page: &Place<'_>) -> String {
    let stopped = page.sizes.iter().filter(|size| size["stopped"].is_object());
    let told = stopped.map(|size| {
        format!(
            "\nThe page stopped at {:.0e} interactions, at \"{}\": {}\n",
            size["interactions"].as_f64().unwrap_or(f64::NAN),
            size["stopped"]["stage"].as_str().unwrap_or_default(),
            size["stopped"]["sentence"].as_str().unwrap_or_default()
        )
    });
    told.collect()
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    pub fn result(seconds: [f64; 2]) -> Value {
        json!({ "sizes": [size(1e5, seconds[0]), size(1e6, seconds[1])] })
    }

    fn size(interactions: f64, seconds: f64) -> Value {
        let stage = json!({ "seconds": seconds, "peak_bytes": 2e6, "wasm_bytes": 3e6 });
        let mut size = json!({ "interactions": interactions, "users": interactions / 20.0, "items": 3000, "kept": interactions });
        for (key, ..) in STAGES {
            size[key] = stage.clone();
        }
        size
    }

    #[test]
    fn exponents_are_of_neighbours_and_faults_are_named() {
        let told = table(&result([0.5, 5.0]));
        assert!(
            told.contains("| reading the log | 0.50 s, 2 MB | 5.00 s, 2 MB | 1.00 | 1.00 |"),
            "{told}"
        );
        // As many items, so the checkpoint has no reason to take longer.
        assert!(told.contains("exponent above 1.1): writing a checkpoint."), "{told}");
        let told = table(&result([0.5, 50.0]));
        assert!(told.contains("2.00 |") && told.contains("): reading the log, "), "{told}");
        assert!(!told.contains("page"), "{told}");
    }

    #[test]
    fn the_page_stands_below_with_where_it_stopped() {
        let mut result = result([0.5, 5.0]);
        let stopped = json!({ "interactions": 1e6, "stopped": { "stage": "read", "sentence": "It is too large for a tab." } });
        result["page"] = json!({ "sizes": [size(1e5, 0.75), stopped] });
        let told = table(&result);
        assert!(
            told.contains("| page: reading the log | 0.75 s, 2 MB | – | – | – |"),
            "{told}"
        );
        assert!(told.contains("| page: memory of the module | 3 MB | – |  |  |"), "{told}");
        assert!(
            told.contains("The page stopped at 1e6 interactions, at \"read\": It is too large for a tab."),
            "{told}"
        );
    }
}

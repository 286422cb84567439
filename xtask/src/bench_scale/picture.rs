//! The picture of growth: seconds by interactions, both in powers of ten.
//!
//! In: the numbers of the benchmark. Out: an SVG that shows on light and dark pages alike, with the page's lines dashed.

use serde_json::Value;

use super::STAGES;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 200.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 50.0;
/// One for each stage, told apart on white and on black (Okabe and Ito 2008).
const COLOURS: [&str; STAGES.len()] = ["#0072b2", "#56b4e9", "#e69f00", "#009e73", "#999999", "#d55e00", "#cc79a7"];

/// Powers of ten around some values.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|&value| value > 0.0) {
            from = from.min(value.log10().floor());
            to = to.max(value.log10().ceil());
        }
        Self {
            from,
            to: to.max(from + 1.0),
        }
    }

    /// From 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value.max(1e-12).log10() - self.from) / (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from as i32..=self.to as i32).map(|power| 10f64.powi(power))
    }
}

/// The whole picture.
pub fn svg(result: &Value) -> String {
    let places = [&result["sizes"], &result["page"]["sizes"]].map(|sizes| sizes.as_array().map_or(&[][..], Vec::as_slice));
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let rows = || places.iter().copied().flatten().map(|size| number(&size["interactions"]));
    let seconds = |key: &'static str| {
        places
            .iter()
            .copied()
            .flatten()
            .map(move |size| number(&size[key]["seconds"]))
    };
    let (across, up) = (
        Axis::around(rows()),
        Axis::around(STAGES.iter().flat_map(|(key, ..)| seconds(key))),
    );
    let x = |value: f64| LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#777\">\n"
    );
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for value in across.powers() {
        let at = x(value);
        svg += &format!("<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#7774\"/>\n");
        svg += &format!(
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{value:.0e}</text>\n",
            bottom + 20.0
        );
    }
    for value in up.powers() {
        let at = y(value);
        svg += &format!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#7774\"/>\n");
        svg += &format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value} s</text>\n",
            LEFT - 8.0,
            at + 4.0
        );
    }
    svg += &format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">interactions</text>\n",
        f64::midpoint(LEFT, right),
        HEIGHT - 10.0
    );
    for (at, ((key, name, _), colour)) in STAGES.iter().zip(COLOURS).enumerate() {
        for (sizes, dashes) in places.into_iter().zip(["", " stroke-dasharray=\"6 4\""]) {
            let measured = sizes
                .iter()
                .map(|size| (number(&size["interactions"]), number(&size[key]["seconds"])));
            let points: Vec<String> = measured
                .filter(|(_, seconds)| seconds.is_finite())
                .map(|(rows, seconds)| format!("{:.1},{:.1}", x(rows), y(seconds)))
                .collect();
            if !points.is_empty() {
                svg += &format!(
                    "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"{dashes}/>\n",
                    points.join(" ")
                );
            }
        }
        let line = TOP + 20.0 * at as f64 + 10.0;
        svg += &format!(
            "<text x=\"{:.1}\" y=\"{line:.1}\" fill=\"{colour}\">{name}</text>\n",
            right + 15.0
        );
    }
    if !places[1].is_empty() {
        let line = TOP + 20.0 * STAGES.len() as f64 + 10.0;
        svg += &format!("<text x=\"{:.1}\" y=\"{line:.1}\">dashed: in the page</text>\n", right + 15.0);
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::result;
    use super::*;

    #[test]
    fn the_picture_has_a_line_for_each_stage_and_place() {
        let native = result([0.5, 5.0]);
        let svg_of_native = svg(&native);
        assert_eq!(svg_of_native.matches("<polyline").count(), STAGES.len());
        assert!(svg_of_native.starts_with("<svg") && svg_of_native.trim_end().ends_with("</svg>"));
        assert!(STAGES.iter().all(|(_, name, _)| svg_of_native.contains(name)));
        let mut both = native.clone();
        both["page"] = native;
        assert_eq!(svg(&both).matches("stroke-dasharray").count(), STAGES.len());
    }
}

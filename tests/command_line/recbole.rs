//! `contrastvae convert --to inter`, opened by RecBole itself.
//!
//! Runs if `RECBOLE_PYTHON`, or else `python3`, is an interpreter with a RecBole that works, and says that it was skipped if not. RecBole 1.2.1
//! works with `numpy==1.26.4`, `pandas==2.2.3` and `scipy==1.13.1` (numpy 2 has no `float_` any more, pandas 3 no change in place); seen
//! with Python 3.11 and torch 2.15.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::runs::{folder, program, text};

/// Loads the data set and tells what RecBole counts, and whose interactions it sees in which order.
const LOAD: &str = r#"
import json, sys
folder, name = sys.argv[1:]
# RecBole takes its own settings from there.
sys.argv = sys.argv[:1]
from recbole.config import Config
from recbole.data.dataset import Dataset
columns = ['user_id', 'item_id', 'rating', 'timestamp', 'event']
settings = {'data_path': folder, 'checkpoint_dir': folder, 'load_col': {'inter': columns}, 'train_neg_sample_args': None}
data = Dataset(Config(model='SASRec', dataset=name, config_dict=settings))
rows = data.inter_feat.sort_values('timestamp')
of = lambda field: [str(token) for token in data.id2token(field, rows[field])]
print(json.dumps({
    'counts': [data.user_num, data.item_num, data.inter_num],
    'rows': list(zip(of('user_id'), of('item_id'), of('event'))),
    'ratings': list(rows['rating']),
    'times': list(rows['timestamp'])}))
"#;

fn python() -> Option<String> {
    let python = std::env::var("RECBOLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    // What RecBole sets up before anything else fails with numpy 2.
    let imported = Command::new(&python)
        .args(["-c", "import recbole.data, numpy; numpy.float_"])
        .output();
    imported.is_ok_and(|output| output.status.success()).then_some(python)
}

#[test]
fn recbole_opens_what_convert_writes() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with RecBole; name one by RECBOLE_PYTHON");
        return;
    };
    let (folder, _) = folder("recbole");
    let log = folder.join("shop.csv");
    // Identifiers that a reader may take for something else: numbers with zeros, spaces, marks of quotation, other scripts.
    let users = ["007", "7", "ada b", "小明", "o'neill", "u,6"];
    let items = ["1", "01", "1e3", "lamp, red", "茶", "12\" vinyl", "\"old\" lamp", "\"half"];
    let mut csv = String::from("user,item,rating,timestamp,event\n");
    let (mut rows, mut ratings, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..48_usize {
        let (user, item) = (users[at % 6], items[(at * 5 + at / 8) % 8]);
        let event = if at % 3 == 0 { "purchase" } else { "view" };
        let time = 1_700_000_000 + at * 3_600;
        let (rating, quoted) = (at % 5 + 1, item.replace('"', "\"\""));
        csv += &format!("\"{user}\",\"{quoted}\",{rating},{time},{event}\n");
        rows.push(json!([user, item, event]));
        ratings.push(rating as f64);
        times.push(time as f64);
    }
    fs::write(&log, csv).unwrap();
    let name = "shop";
    fs::create_dir_all(folder.join(name)).unwrap();
    let inter = folder.join(name).join("shop.inter");
    let mut convert = program();
    convert.args(["convert", text(&log), "--to", "inter", "--k-core", "1", "--out", text(&inter)]);
    assert!(convert.status().unwrap().success());

    let loaded = Command::new(python)
        .args(["-c", LOAD, text(&folder), name])
        .current_dir(&folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&loaded.stderr);
    assert!(loaded.status.success(), "{told}");
    let out = String::from_utf8(loaded.stdout).unwrap();
    let seen: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    // RecBole counts a user and an item that fill up what is short.
    assert_eq!(seen["counts"], json!([users.len() + 1, items.len() + 1, rows.len()]));
    assert_eq!(seen["rows"], json!(rows));
    assert_eq!((&seen["ratings"], &seen["times"]), (&json!(ratings), &json!(times)));
}

//! The command line as scripts meet it: the shape of its JSON, its exit status, its sentences.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contrastvae"))
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// The one object on stdout of a command that went well and had nothing else to say.
fn json_of(arguments: &[&str]) -> Value {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

/// The one sentence on stderr of a command that could not do what it was asked for.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.ends_with(".\n") && !stderr.to_lowercase().contains("error:"),
        "{stderr}"
    );
    stderr.trim_end().to_owned()
}

fn case(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs").join(path);
    path.to_str().unwrap().to_owned()
}

/// A folder for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("contrastvae-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Six users with five items each, in a table without names: user, noise, item, rating, time.
fn table(separator: &str) -> String {
    let mut text = String::new();
    for user in 0..6 {
        for item in 0..5 {
            let time = 1_700_000_000 + user * 1000 + item * 86_400;
            text += &[
                format!("u{user}"),
                "x".to_owned(),
                format!("i{item}"),
                (item + 1).to_string(),
                time.to_string(),
            ]
            .join(separator);
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_object_has_the_names_that_scripts_rely_on() {
    let object = json_of(&["inspect", &case("few_bad_rows/input.csv"), "--k-core", "1", "--json"]);
    assert_eq!(object["name"], "input.csv");
    assert_eq!(object["format"], "comma separated, header");
    assert_eq!(object["columns"], json!(["user", "item", "time"]));
    assert_eq!([&object["users"], &object["items"], &object["interactions"]], [4, 5, 97]);
    assert_eq!(
        (object["mean_length"].as_f64(), object["density"].is_f64()),
        (Some(97.0 / 4.0), true)
    );
    assert!(object["median_length"].is_f64());
    assert_eq!(
        object["skipped"][0],
        json!({ "line": 12, "why": "it has 2 fields where 3 are expected" })
    );
    // Two more lines lack a value, which is told apart from damage.
    assert_eq!(object["skipped_count"], 3);
    assert_eq!(object["split"]["rule"], json!({ "rule": "leave_one_out" }));
    assert_eq!(object["preview"]["mapping"]["separator"], "comma");
    assert_eq!(object["preview"]["rows"].as_array().map(Vec::len), Some(5));
    assert!(object["read_seconds"].is_f64() && object["assemble_seconds"].is_f64());
    assert!(object["bytes_per_interaction"].as_f64().unwrap() > 0.0);
    assert!(object["bytes"].as_u64().unwrap() > 0);
    #[cfg(target_os = "linux")]
    assert!(object["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
}

/// The way from a file to the log is the library's, whose own tests run all the cases; here are some of every kind.
#[test]
fn logs_are_read_and_refused_as_the_library_does() {
    let cases = [
        "recbole_inter/input.inter",
        "sequence_lines/input.txt",
        "tsv_no_header/input.data",
        "titles_in_the_log/input.csv",
        "error_one_column/input.csv",
        "error_nothing_left/input.csv",
        "error_ragged/input.csv",
    ];
    for name in cases {
        let input = case(name);
        let expected = fs::read(Path::new(&input).with_file_name("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let k_core = expected["k_core"].as_u64().unwrap_or(1).to_string();
        let arguments = ["inspect", &input, "--json", "--k-core", &k_core];
        match expected["error"].as_str() {
            Some(error) => assert_eq!(refusal(&arguments), error),
            None => {
                let object = json_of(&arguments);
                for key in ["format", "columns", "notes"] {
                    assert!(
                        expected[key].is_null() || object[key] == expected[key],
                        "{name}: {key} is {}",
                        object[key]
                    );
                }
            }
        }
    }
}

#[test]
fn gzip_is_unpacked_and_titles_may_stand_beside_the_log_in_any_order() {
    let folder = Folder::new("packed");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(format!("user\tnoise\titem\trating\ttimestamp\n{}", table("\t")).as_bytes())
        .unwrap();
    let log = folder.file("log.tsv.gz", packed.finish().unwrap());
    let titles = folder.file("titles.csv", "item,title\ni0,Zero\ni1,One\ni2,Two\ni3,Three\ni4,Four\n");
    for files in [[&log, &titles], [&titles, &log]] {
        let object = json_of(&["inspect", files[0], files[1], "--json"]);
        assert_eq!(object["format"], "tab separated, header, gzip");
        assert_eq!([&object["users"], &object["items"], &object["interactions"]], [6, 5, 30]);
    }
}

#[test]
fn options_say_how_a_file_is_meant() {
    let folder = Folder::new("meant");
    let log = folder.file("log.txt", table("|"));
    let object = json_of(&[
        "inspect",
        &log,
        "--json",
        "--no-header",
        "--separator",
        "|",
        "--columns",
        "_,user,item,rating,time",
        "--k-core",
        "1",
        "--rows",
        "2",
        "--time-unit",
        "seconds",
    ]);
    assert_eq!(object["columns"], json!(["ignored", "user", "item", "rating", "time"]));
    assert_eq!(object["users"], 1);
    assert_eq!(object["preview"]["mapping"]["time"], "seconds");
    assert_eq!(object["preview"]["columns"][1]["confidence"], 1.0);
    assert_eq!(object["preview"]["rows"].as_array().map(Vec::len), Some(2));
    // The first line as names: one interaction less.
    let object = json_of(&[
        "inspect",
        &log,
        "--json",
        "--header",
        "--columns",
        "user,_,item,_,time",
        "--k-core",
        "1",
    ]);
    assert_eq!(
        (&object["interactions"], &object["preview"]["mapping"]["header"]),
        (&json!(29), &json!(true))
    );

    assert_eq!(
        refusal(&["inspect", &log, "--columns", "user,item,time"]),
        "log.txt has 5 columns, but `--columns` names 3; name each of them, with `_` for those that do not matter."
    );
    assert_eq!(
        refusal(&["inspect", &log, "--columns", "user,_,_,_,time"]),
        "log.txt: no columns are taken as the item; choose exactly one."
    );
}

#[test]
fn options_say_what_is_left_out_and_held_back() {
    let folder = Folder::new("left-out");
    let log = folder.file("log.csv", format!("user,noise,item,rating,timestamp\n{}", table(",")));
    let inspect = |more: &[&str]| json_of(&[&["inspect", &log, "--json"], more].concat());
    let counts =
        |object: &Value| [&object["users"], &object["items"], &object["interactions"]].map(|count| count.as_u64().unwrap());
    assert_eq!(counts(&inspect(&["--min-rating", "3", "--k-core", "1"])), [6, 3, 18]);
    assert_eq!(counts(&inspect(&["--min-user", "5", "--min-item", "6"])), [6, 5, 30]);
    assert_eq!(
        counts(&inspect(&["--from", "2023-11-16", "--to", "2023-11-18", "--k-core", "1"]))[2],
        18
    );
    assert_eq!(counts(&inspect(&["--recent-users", "2", "--k-core", "1"])), [2, 5, 10]);
    let cut = inspect(&["--split", "time-cut:20,20"]);
    assert_eq!(
        cut["split"]["rule"],
        json!({ "rule": "time_cut", "valid_percent": 20, "test_percent": 20 })
    );
    assert_eq!(inspect(&["--repeats", "last"])["filter"]["repeats"], "last");
    assert!(refusal(&["inspect", &log, "--k-core", "7"]).contains("none of the 30 interactions"));
}

#[test]
fn the_example_stands_in_the_place_of_a_file() {
    // As on the page, all of it is kept.
    let object = json_of(&["inspect", "example", "--json"]);
    assert_eq!(
        (&object["name"], &object["users"]),
        (&json!("Example bookshop"), &json!(1000))
    );
    assert_eq!(object["preview"], Value::Null);
    let least = |arguments: &[&str]| json_of(arguments)["interactions"].as_u64().unwrap();
    let whole = least(&["inspect", "example:users=40,items=60,seed=3", "--json"]);
    assert!(whole > 200);
    assert_ne!(whole, least(&["inspect", "example:users=40,items=60,seed=4", "--json"]));
    assert!(whole > least(&["inspect", "example:users=40,items=60,seed=3", "--k-core", "8", "--json"]));
    for (arguments, said) in [
        (vec!["inspect", "example:users=4"], "`users` is 4"),
        (vec!["inspect", "example:readers=40"], "unknown field `readers`"),
        (vec!["inspect", "example:users"], "example:users=300,seed=2"),
        (vec!["inspect", "example:users=many"], "many is no number"),
        (vec!["inspect", "example", "--header"], "no columns"),
        (vec!["inspect", "examples"], "There is no file examples"),
    ] {
        let sentence = refusal(&arguments);
        assert!(sentence.contains(said), "{sentence}");
    }
    // A file of that name is a file.
    let folder = Folder::new("example");
    folder.file("example", table(","));
    let output = program()
        .current_dir(&folder.0)
        .args(["inspect", "example", "--json"])
        .output()
        .unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["users"], 6);
}

#[test]
fn threads_are_a_number_that_the_machine_has() {
    let available = std::thread::available_parallelism().unwrap().get();
    let too_many = (available + 1).to_string();
    assert!(refusal(&["inspect", "example", "--threads", "0"]).contains("must be at least 1"));
    let sentence = refusal(&["--threads", &too_many, "inspect", "example"]);
    assert!(sentence.contains(&format!("ask for at most {available}")), "{sentence}");
    // Before the command and after it.
    let counted = |arguments: &[&str]| {
        let mut object = json_of(arguments);
        for measured in ["read_seconds", "assemble_seconds", "peak_memory_bytes"] {
            assert!(object.as_object_mut().unwrap().remove(measured).is_some());
        }
        object
    };
    assert_eq!(
        counted(&["--threads", &available.to_string(), "inspect", "example", "--json"]),
        counted(&["inspect", "example", "--json", "--threads", "1"])
    );
}

#[test]
fn bad_usage_is_one_sentence() {
    let usage = [
        (&["inspect"][..], "The following required arguments were not provided: <FILE>"),
        (&["inspect", "a", "--kcore", "3"], "Unexpected argument '--kcore' found"),
        (
            &["inspect", "a", "--repeats", "some"],
            "Invalid value 'some' for '--repeats <WHICH>'",
        ),
        (
            &["inspect", "a", "--split", "time-cut:1"],
            "Invalid value 'time-cut:1' for '--split <RULE>'",
        ),
        (&["unknown"], "Unrecognized subcommand 'unknown'"),
    ];
    for (arguments, beginning) in usage {
        let said = refusal(arguments);
        assert!(said.starts_with(beginning), "{said}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
    for arguments in [&["--help"][..], &["inspect", "--help"], &["--version"]] {
        let output = run(arguments);
        assert!(output.status.success() && output.stderr.is_empty() && !output.stdout.is_empty());
    }
}

#[test]
fn a_path_that_cannot_be_read_is_named() {
    let folder = Folder::new("paths");
    let path = folder.0.to_str().unwrap();
    let missing = format!("{path}/none.csv");
    assert_eq!(
        refusal(&["inspect", &missing, "--json"]),
        format!("There is no file {missing}.")
    );
    assert_eq!(
        refusal(&["inspect", path]),
        format!("There is no file in the folder {path}; name a folder with the parts of a log, or the file of one.")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let locked = folder.file("locked.csv", table(","));
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        // The superuser may read everything.
        if fs::File::open(&locked).is_err() {
            assert_eq!(
                refusal(&["inspect", &locked]),
                format!("There is no permission to read {locked}.")
            );
        }
    }
}

#[test]
fn the_report_is_for_people() {
    let output = run(&["inspect", &case("few_bad_rows/input.csv"), "--k-core", "2"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let report = String::from_utf8(output.stdout).unwrap();
    let wanted = [
        "input.csv: comma separated, header",
        "after 2-core",
        "held back of each user",
        "█",
        "the long tail",
        "line 12: it has 2 fields where 3 are expected",
    ];
    for words in wanted {
        assert!(report.contains(words), "no {words:?} in:\n{report}");
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let mut child = program()
        .args(["inspect", &case("few_bad_rows/input.csv"), "--k-core", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(0), "")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_read_and_a_full_disk_is_another_status() {
    let mut child = program()
        .args(["inspect", "/dev/stdin", "--json", "--k-core", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(table(",").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["interactions"], 30);

    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = program()
        .args(["inspect", &case("few_bad_rows/input.csv"), "--k-core", "1"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("The result could not be written")
    );
}

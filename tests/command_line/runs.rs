//! Helpers of the tests that need a trained run: a small log, the program, and how it answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contrastvae::log::{Example, generate};
use serde_json::Value;

/// A folder of this test alone, with a small log in it.
pub fn folder(name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let example = Example {
        users: 150,
        items: 60,
        ..Example::default()
    };
    let data = generate(&example).unwrap();
    let mut text = String::from("user,item,title\n");
    for (user, sequence) in data.users.iter().zip(&data.sequences) {
        for &item in sequence {
            text += &format!("{user},{},\"{}\"\n", data.items[item as usize].id, data.title(item));
        }
    }
    let log = folder.join("log.csv");
    fs::write(&log, text).unwrap();
    (folder, log)
}

/// The program.
pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contrastvae"))
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Training on a log, small and fast.
pub fn train(log: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = program();
    command.args(["train", "--json", "--data", text(log), "--out", text(out), "--k-core", "1"]);
    for setting in ["model.hidden_size=8", "model.max_length=12", "training.batch_size=16"] {
        command.args(["--set", setting]);
    }
    command.args(more);
    command
}

/// The JSON of a command that went well.
pub fn object(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one sentence of a command that was refused.
pub fn sentence(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    told.trim_end().to_owned()
}

/// The JSON that the program answers with.
pub fn asked(arguments: &[&str]) -> Value {
    object(&program().args(arguments).output().unwrap())
}

/// The sentence with which it refuses.
pub fn refused(arguments: &[&str]) -> String {
    let mut command = program();
    command.args(arguments);
    sentence(command)
}

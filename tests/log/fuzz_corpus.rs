//! The inputs that the fuzzer begins with, and those that it once failed on, through the same checks as in `fuzz`: so they are
//! held without its toolchain.

use std::fs;
use std::path::Path;

use crate::checks;

fn each(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count >= 50, "the corpus of {target} is there");
}

#[test]
fn every_file_of_the_corpus_is_data_or_a_sentence() {
    each("open", checks::open);
}

#[test]
fn chunks_do_not_matter_to_the_corpus() {
    each("reader", checks::reader);
}

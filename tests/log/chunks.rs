//! The chunks in which a file comes must not change what is read, wherever their borders fall; and no bytes may cause a panic.

use contrastvae::log::{
    Dataset, Example, ItemReader, LogError, ReadOptions, Reader, SNIFF_BYTES, assemble, generate, looks_like_items,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn read(name: &str, bytes: &[u8], sizes: &mut dyn FnMut() -> usize) -> Result<Dataset, LogError> {
    let options = ReadOptions::with_k_core(1);
    let mut reader = Reader::new(name, &options);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(sizes().min(rest.len()));
        reader.push(now)?;
        rest = later;
    }
    assemble(&reader.finish()?, None, &options)
}

/// The example as files in several layouts, each longer than the head that is looked at.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let data = generate(&Example::default()).unwrap();
    let mut csv = b"\xef\xbb\xbfuser,item,title,time\r\n".to_vec();
    let mut colons = Vec::new();
    let mut lines = Vec::new();
    let mut clock = 1_365_000_000u64;
    for (user, sequence) in data.users.iter().zip(&data.sequences) {
        let user = user.replace(' ', "");
        lines.extend_from_slice(user.as_bytes());
        for &item in sequence {
            clock += 37;
            let id = &data.items[item as usize].id;
            let title = data.title(item);
            csv.extend_from_slice(format!("\"{user}\",{id},\"{title}, \"\"{id}\"\"\r\n\",{clock}\r\n").as_bytes());
            colons.extend_from_slice(format!("{user}::{id}::7::{clock}\n").as_bytes());
            lines.extend_from_slice(format!(" {id}").as_bytes());
        }
        lines.push(b'\n');
    }
    vec![("a.csv", csv), ("a.dat", colons), ("a.txt", lines)]
}

fn identifiers(data: &Dataset) -> Vec<Vec<&str>> {
    data.sequences
        .iter()
        .map(|s| s.iter().map(|&item| data.items[item as usize].id.as_str()).collect())
        .collect()
}

#[test]
fn chunks_do_not_matter() {
    let truth = generate(&Example::default()).unwrap();
    for (name, bytes) in files() {
        assert!(bytes.len() > SNIFF_BYTES, "{name}");
        let whole = read(name, &bytes, &mut || usize::MAX).unwrap();
        // Identifiers, since a file numbers the items in order of first appearance and the shop by genre.
        assert!(identifiers(&whole) == identifiers(&truth), "{name}");
        assert_eq!(whole.summary.skipped_count, 0, "{name}");
        for size in [1, 2, 3, 7]
            .into_iter()
            .chain([1000, SNIFF_BYTES - 1, SNIFF_BYTES, SNIFF_BYTES + 1])
        {
            let parts = read(name, &bytes, &mut || size).unwrap();
            assert!(parts.sequences == whole.sequences, "{name} in chunks of {size}");
            assert_eq!(parts.summary, whole.summary, "{name} in chunks of {size}");
        }
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let parts = read(name, &bytes, &mut || rng.random_range(1..3000)).unwrap();
        assert!(parts.sequences == whole.sequences, "{name} in chunks of any size");
    }
}

#[test]
fn empty_chunks_do_not_matter() {
    let mut turn = 0;
    let text = b"user,item,time\nu,a,3\nu,b,2\nu,c,1";
    let mut reader = Reader::new("a.csv", &ReadOptions::with_k_core(1));
    for byte in text {
        reader.push(&[*byte]).unwrap();
        turn += 1;
        if turn % 3 == 0 {
            reader.push(&[]).unwrap();
        }
    }
    assert_eq!(reader.finish().unwrap().interactions(), 3);
}

/// Not a fuzzer, but a guard: texts made of the bytes that mean something, and files with a few bytes changed.
#[test]
fn whatever_comes_is_data_or_a_sentence() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let alphabet = b"ab1290,,,;;|\t\t  ::\n\n\n\r\"\"'-.T\xff\xc3\xa9\0{[userditm";
    let check = |bytes: &[u8], size: usize| {
        let whole = read("a.csv", bytes, &mut || usize::MAX);
        let parts = read("a.csv", bytes, &mut || size);
        match (&whole, &parts) {
            (Ok(a), Ok(b)) => assert_eq!((&a.sequences, &a.summary), (&b.sequences, &b.summary)),
            (Err(a), Err(b)) => assert_eq!(a, b),
            _ => panic!(
                "{:?} and {:?} of {:?}",
                whole.err(),
                parts.err(),
                String::from_utf8_lossy(bytes)
            ),
        }
        if let Err(error) = whole {
            let text = error.to_string();
            assert!(text.ends_with('.') && !text.contains('\n') && text.len() < 1000, "{text}");
        }
        let mut reader = ItemReader::new("b");
        let _ = reader.push(bytes).and_then(|()| reader.finish().map(|_| ()));
        let _ = looks_like_items("b", bytes);
    };
    // Optimised, many times more fit into the same time.
    let rounds = if cfg!(debug_assertions) { 500 } else { 8_000 };
    for round in 0..rounds {
        let length = rng.random_range(0..120);
        // Half of them without the bytes that end the reading at once.
        let letters = if round % 2 == 0 { &alphabet[..] } else { &alphabet[..31] };
        let bytes: Vec<u8> = (0..length).map(|_| letters[rng.random_range(0..letters.len())]).collect();
        check(&bytes, rng.random_range(1..9));
    }
    for (_, file) in files() {
        for _ in 0..4 {
            let mut bytes = file[..rng.random_range(60_000..80_000)].to_vec();
            for _ in 0..rng.random_range(1..20) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = alphabet[rng.random_range(0..alphabet.len())];
            }
            check(&bytes, rng.random_range(1..5000));
        }
    }
}

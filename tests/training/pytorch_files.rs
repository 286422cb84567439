//! Files of PyTorch: every number type and layout that `torch.save` writes, and whatever else may come instead of such a file.
//!
//! The files in `tests/fixtures/official` were written by PyTorch itself (`make.py` there).

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use contrastvae::pytorch::{self, Tensor};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Deserialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/official");
    std::fs::read(folder.join(name)).unwrap()
}

fn refused(bytes: &[u8]) -> String {
    let sentence = pytorch::read("x.pt", bytes).unwrap_err().to_string();
    assert!(
        sentence.contains("x.pt") && sentence.ends_with('.') && !sentence.contains('\n'),
        "{sentence}"
    );
    sentence
}

/// The entries of an archive.
fn entries(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// An archive of entries, with right checksums.
fn archive<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>, method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(name, SimpleFileOptions::default().compression_method(method))
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A program as the only thing in an archive but eight bytes of storage.
fn program(instructions: &[u8]) -> Vec<u8> {
    archive(
        [("a/data.pkl", instructions), ("a/data/0", &[0; 8][..])],
        CompressionMethod::Stored,
    )
}

#[derive(Deserialize)]
struct Expected {
    shape: Vec<usize>,
    values: Vec<f32>,
}

#[test]
fn number_types_and_layouts() {
    let expected: BTreeMap<String, Expected> = serde_json::from_slice(&fixture("views.json")).unwrap();
    let found = pytorch::read("views.pt", &fixture("views.pt")).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found.len() >= 14);
    for (name, Expected { shape, values }) in expected {
        assert_eq!(found[&name], Tensor { shape, values }, "{name}");
    }
}

#[test]
fn what_an_archive_may_look_like() {
    let original = fixture("views.pt");
    let tensors = pytorch::read("x.pt", &original).unwrap();
    let entries = entries(&original);
    let with = |more: &[(&'static str, &'static [u8])], method| {
        let own = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        archive(own.chain(more.iter().copied()), method)
    };
    // Packed again, by whoever; and as PyTorch writes them since 2.1.
    for bytes in [
        with(&[], CompressionMethod::Deflated),
        with(
            &[("archive/byteorder", b"little"), ("archive/.format_version", b"1")],
            CompressionMethod::Stored,
        ),
    ] {
        assert_eq!(pytorch::read("x.pt", &bytes).as_ref(), Ok(&tensors));
    }
    let big = with(&[("archive/byteorder", b"big")], CompressionMethod::Stored);
    assert!(refused(&big).contains("its entry archive/byteorder says big"));

    let changed = |name: &str, change: &dyn Fn(&[u8]) -> Vec<u8>| {
        let mut entries = entries.clone();
        let bytes = change(&entries[name]);
        entries.insert(name.to_owned(), bytes);
        refused(&archive(
            entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
            CompressionMethod::Stored,
        ))
    };
    let longer = changed("archive/data/0", &|bytes| [bytes, &[0]].concat());
    assert_eq!(
        longer,
        "x.pt is damaged: archive/data/0 has more than the 96 bytes that it may have; copy it again from where it came from."
    );
    let shorter = changed("archive/data/0", &|bytes| bytes[1..].to_vec());
    assert!(shorter.contains("archive/data/0 has 95 bytes instead of 96"), "{shorter}");
    let protocol = changed("archive/data.pkl", &|bytes| [&[0x80, 4], &bytes[2..]].concat());
    assert!(protocol.contains("protocol 4 instead of 2"), "{protocol}");
    let behind = changed("archive/data.pkl", &|bytes| [bytes, b"."].concat());
    assert!(behind.contains("goes on behind its end"), "{behind}");
    let mut fewer = entries.clone();
    fewer.remove("archive/data/3");
    let missing = refused(&archive(
        fewer.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        CompressionMethod::Stored,
    ));
    assert!(missing.contains("archive/data/3 is missing"), "{missing}");
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    assert!(refused(b"").contains("it is empty"));
    assert!(refused(b"\x80\x04K\x01.").contains("it is no zip archive"));
    assert!(refused(b"user,item\n1,2\n").contains("it is no zip archive"));
    let other = archive([("log.csv", &b"user,item\n"[..])], CompressionMethod::Stored);
    assert!(refused(&other).contains("a zip archive without data.pkl"));
    assert!(refused(&fixture("legacy.pt")).contains("the format of PyTorch before 1.6"));
    let whole = refused(&fixture("whole.pt"));
    assert!(
        whole.contains("archive/data.pkl asks for torch.nn.modules.linear.Linear") && whole.contains("never executed"),
        "{whole}"
    );
    let nested = refused(&fixture("nested.pt"));
    assert!(
        nested.contains("has a number under the name epoch") && nested.contains("model.state_dict()"),
        "{nested}"
    );
    assert!(refused(&fixture("list.pt")).contains("archive/data.pkl"));
}

#[test]
fn programs_get_no_further_than_a_sentence() {
    // What an attacker would try first.
    let call = program(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.");
    assert!(refused(&call).contains("asks for os.system"));
    let storage = |count: &[u8]| {
        [
            b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu",
            count,
            b"tQ",
        ]
        .concat()
    };
    let tensor = |count: &[u8], place: &[u8]| {
        let head = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n";
        program(&[head, storage(count).as_slice(), place, b"tRs."].concat())
    };
    // Two numbers, whole and as one.
    assert_eq!(
        pytorch::read("x.pt", &tensor(b"K\x02", b"K\x00K\x02\x85K\x01\x85")).unwrap()["w"].values,
        [0.0, 0.0]
    );
    assert!(
        pytorch::read("x.pt", &tensor(b"K\x02", b"K\x01))")).unwrap()["w"]
            .shape
            .is_empty()
    );
    // Where there is one place, its stride does not matter.
    let far = tensor(b"K\x02", b"K\x01K\x01\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85");
    assert_eq!(pytorch::read("x.pt", &far).unwrap()["w"].values, [0.0]);
    for place in [
        &b"K\x02))"[..],
        b"K\x01K\x02\x85K\x01\x85",
        b"K\x00K\x02\x85K\x02\x85",
        // Stretched over itself a thousand times, or as often as a number can say.
        b"K\x00M\xe8\x03\x85K\x00\x85",
        b"K\x00\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x86K\x00K\x00\x86",
        b"K\x00K\x02\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85",
    ] {
        let told = refused(&tensor(b"K\x02", place));
        assert!(told.contains("reaches beyond its storage"), "{told}");
    }
    assert!(refused(&tensor(b"K\x02", b"J\xff\xff\xff\xff))")).contains("is no number"));
    assert!(refused(&tensor(b"K\x02", b"K\x00K\x02\x85)")).contains("more or fewer strides"));
    // More than the entry holds, and more than any memory does.
    assert!(refused(&tensor(b"K\x03", b"K\x00K\x03\x85K\x01\x85")).contains("has 8 bytes instead of 12"));
    let huge = tensor(b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", b"K\x00K\x02\x85K\x01\x85");
    assert!(refused(&huge).contains("too large: its storages have 9223372036854775807 numbers"));
    let wide = b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
    let huge = tensor(wide, &[b"K\x00", &wide[..], b"\x85K\x01\x85"].concat());
    assert!(refused(&huge).contains("too large: its tensors have 9223372036854775807 numbers"));
    // Values that are not there, marks that were never set, depth without end, circles.
    for instructions in [
        &b"\x80\x02"[..],
        b".",
        b"t.",
        b"(R.",
        b"u.",
        b"}u.",
        b"h\x00.",
        b"K\x00q\x00s.",
        b"K\x01}b.",
        b"X\xff\xff\xff\xffabc",
        b"X\x02\x00\x00\x00\xff\xfe.",
        b"c\xff\n\xff\n.",
        b"cnothing",
        b"Q.",
        b"}(K\x01u.",
    ] {
        refused(&program(instructions));
    }
    refused(&program(&[b")", vec![0x85; 1 << 20].as_slice(), b"."].concat()));
    assert!(refused(&program(b"}q\x00X\x01\x00\x00\x00ah\x00s.")).contains("has a dictionary under the name a"));
    assert!(
        refused(&program(b"}X\x01\x00\x00\x00\x1bK\x00s.")).contains(r"under the name \u{1b}"),
        "printable"
    );
}

#[test]
fn every_truncation_and_every_changed_byte_is_told_or_does_no_harm() {
    let original = fixture("views.pt");
    let tensors = pytorch::read("x.pt", &original).unwrap();
    for length in 0..original.len() {
        refused(&original[..length]);
    }
    let mut bytes = original.clone();
    let mut told = 0;
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            bytes[at] ^= change;
            match pytorch::read("x.pt", &bytes) {
                // Names, sizes and contents have checksums; what is left are times, versions and the like.
                Ok(found) => assert_eq!(found, tensors, "byte {at} changed by {change:#x}"),
                Err(_) => told += 1,
            }
            bytes[at] = original[at];
        }
    }
    assert!(told > original.len(), "{told}");
}

#[test]
fn changed_programs_never_panic() {
    let original = fixture("views.pt");
    let entries = entries(&original);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    for round in 0..6_000 {
        let mut changed = entries["archive/data.pkl"].clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..changed.len());
            match random.random_range(0..4) {
                0 => changed[at] = random.random(),
                1 => changed[at] ^= 1 << random.random_range(0..8),
                2 => drop(changed.drain(at..(at + random.random_range(1..20)).min(changed.len()))),
                _ => {
                    let part = changed[at..(at + random.random_range(1..40)).min(changed.len())].to_vec();
                    let to = random.random_range(0..=changed.len());
                    changed.splice(to..to, part);
                }
            }
            if changed.is_empty() {
                changed.push(random.next_u32() as u8);
            }
        }
        let own = entries.iter().map(|(name, bytes)| match name.as_str() {
            "archive/data.pkl" => ("archive/data.pkl", changed.as_slice()),
            name => (name, bytes.as_slice()),
        });
        if let Ok(tensors) = pytorch::read("x.pt", &archive(own, CompressionMethod::Stored)) {
            for (name, Tensor { shape, values }) in tensors {
                assert_eq!(values.len(), shape.iter().product::<usize>(), "round {round}, {name}");
            }
        }
    }
}

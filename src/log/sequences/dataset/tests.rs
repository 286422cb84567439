use super::*;
use crate::log::read;

fn options(k: u32) -> ReadOptions {
    ReadOptions::with_k_core(k)
}

#[test]
fn sorted_by_time_with_ties_in_file_order() {
    let text = b"user,item,time\nu,c,3\nu,a,1\nu,b,1\nu,0,-5\nv,a,0\nv,c,0\n";
    let data = read(("a.csv", text), None, &options(1)).unwrap();
    let ids = |s: &[u32]| s.iter().map(|&i| data.items[i as usize].id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids(&data.sequences[0]), ["0", "a", "b", "c"]);
    assert_eq!(ids(&data.sequences[1]), ["a", "c"]);
    assert!(
        data.summary
            .notes
            .iter()
            .any(|note| note.starts_with("2 interactions have the same time"))
    );
}

#[test]
fn titles_from_beside_the_log_win_over_its_own() {
    let log = b"user,item,title,genre\nu,1,own one,x\nu,2,own two,y\nu,3,,y\n";
    let items = b"id,title,genres\n1,Better,z|x\n9,Absent,q\n";
    let data = read(("a.csv", log), Some(("i.csv", items)), &options(1)).unwrap();
    assert_eq!(
        [data.title(0), data.title(1), data.title(2), data.title(99)],
        ["Better", "own two", "3", ""]
    );
    let genre = |i| data.main_genre(i).map(|g| data.genres[g as usize].as_str());
    assert_eq!(
        [genre(0), genre(1), genre(2), genre(99)],
        [Some("z"), Some("y"), Some("y"), None]
    );
    assert_eq!(data.genres, ["y", "z", "x"]);
    assert!(
        data.summary
            .notes
            .iter()
            .any(|note| note == "i.csv names 1 of the 3 items; 2 have no title.")
    );
}

#[test]
fn a_filter_that_takes_all_suggests_a_smaller_minimum() {
    let text = b"u 1 2 3\nv 1 2 3\nw 1 2 3\n";
    let error = read(("a.txt", text), None, &options(5)).unwrap_err();
    assert!(error.to_string().contains("9 interactions (3 users, 3 items)"), "{error}");
    assert!(error.to_string().ends_with("set the minimum to 3 or less."), "{error}");
    let error = read(("a.txt", b"u 1 2\nv 3 4\n"), None, &options(u32::MAX)).unwrap_err();
    assert!(error.to_string().ends_with("choose a longer one."), "{error}");
    let error = read(("a.txt", b"u 1 2\nv 3 4\n"), None, &options(1)).unwrap_err();
    assert!(matches!(error, LogError::TooShort { .. }), "{error}");
}

#[test]
fn counts_and_summary() {
    let data = read(("a.txt", b"u 1 2 1 3\nv 3 1\n"), None, &options(0)).unwrap();
    assert_eq!(data.item_counts(), [3, 1, 2]);
    let s = &data.summary;
    assert_eq!((s.users, s.items, s.interactions, s.median_length), (2, 3, 6, 3.0));
    assert_eq!((s.mean_length, s.density), (3.0, 1.0));
    assert!(
        s.notes
            .iter()
            .any(|note| note.starts_with("1 interaction is with an item that the user had before"))
    );
}

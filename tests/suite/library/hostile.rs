//! A hundred damaged libraries: whatever is wrong with the file, the program answers and ends as it should.

use std::fs;

use lab_core::rng::stream;
use rand::Rng;

use super::c_library;
use crate::lab_test::LabTest;

/// Number of damaged libraries.
const N: usize = 100;

/// The number in the file at a place.
fn number(bytes: &[u8], at: usize, n_bytes: usize) -> usize {
    let digits = bytes[at..at + n_bytes].iter().rev();
    digits.fold(0, |value, &byte| value << 8 | usize::from(byte))
}

/// Stretches of a library that say what to map and where tables stand: the header, the table of segments, the dynamic
/// section.
fn places(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (table, n) = (number(bytes, 32, 8), number(bytes, 56, 2));
    let mut places = vec![0..64, table..table + 56 * n];
    for segment in (0..n).map(|idx| table + 56 * idx) {
        if number(bytes, segment, 4) == 2 {
            let (start, size) = (
                number(bytes, segment + 8, 8),
                number(bytes, segment + 32, 8),
            );
            places.push(start..start + size);
        }
    }
    places
}

#[test]
fn a_hundred_hostile_libraries() {
    let lab = LabTest::new();
    let good = fs::read(c_library(&lab.path("."), "good.so", &[])).unwrap();
    let places = places(&good);
    assert_eq!(places.len(), 3);
    let mut draws = stream(7, "hostile");
    let mut endings = [0, 0];
    let mut deaths = Vec::new();
    for idx in 0..N {
        let mut bytes = good.clone();
        // Half in the header and the segments, a few in the dynamic section, the rest cut short somewhere.
        let what = match idx % 10 {
            0..=3 => 0,
            4..=7 => 1,
            8 => 2,
            _ => 3,
        };
        if let Some(place) = places.get(what) {
            for _ in 0..draws.random_range(1..4) {
                let at = draws.random_range(place.clone());
                bytes[at] = match draws.random_range(0..3) {
                    0 => bytes[at] ^ (1 << draws.random_range(0..8)),
                    1 => draws.random(),
                    _ => 0xff,
                };
            }
        } else {
            bytes.truncate(draws.random_range(1..good.len()));
        }
        let name = format!("hostile-{idx}.so");
        lab.write(&name, &bytes);
        let ended = lab.lab(&["plugins", "list", "small", "--plugin", &name]);
        match ended.code {
            0 => {
                assert!(
                    ended.stdout.contains("A grey level"),
                    "{idx}: {}",
                    ended.stdout
                );
                endings[0] += 1;
            }
            2 => {
                assert!(
                    ended
                        .stderr
                        .starts_with(&format!("error: --plugin {name}: '{name}': ")),
                    "{idx}: {}",
                    ended.stderr
                );
                assert!(
                    !ended.stderr.contains("panicked"),
                    "{idx}: {}",
                    ended.stderr
                );
                endings[1] += 1;
            }
            code => deaths.push((idx, code)),
        }
    }
    eprintln!("{} loaded unharmed, {} refused", endings[0], endings[1]);
    assert!(deaths.is_empty(), "these ended the program: {deaths:?}");
    assert!(endings[1] > N / 2, "most of the damage is noticed");
}

//! Pickles against what Python wrote (`tests/reference/datasets/make_corpora.py`), and hostile ones.

use std::path::Path;

use super::{Id, Pickle, Value};
use crate::mmap::Mapped;
use crate::mutations::survive;
use crate::tests::{expected, fixture};

fn items(pickle: &Pickle, id: Id) -> &[Id] {
    match pickle.value(id) {
        Value::List(items) | Value::Tuple(items) => items,
        _ => panic!("{} instead of a list", pickle.kind(id)),
    }
}

#[test]
fn every_protocol_holds_the_same() {
    for protocol in 0..=5 {
        let pickle = Pickle::open(&fixture(&format!("everything_{protocol}.pkl"))).unwrap();
        let of = |key: &str| pickle.get(pickle.root(), key).unwrap();
        assert_eq!(pickle.keys(pickle.root()).len(), 16);
        assert!(matches!(pickle.value(of("none")), Value::None));
        assert!(matches!(pickle.value(of("yes")), Value::Bool(true)));
        assert!(matches!(pickle.value(of("no")), Value::Bool(false)));
        let ints = [0, 255, 256, 65536, -1, 1 << 31, -(1 << 40), 1 << 62];
        assert_eq!(pickle.ints(of("ints"), "ints").unwrap(), ints);
        assert!(matches!(pickle.value(of("float")), Value::Float(-1.25)));
        assert_eq!(pickle.text(of("text")).unwrap(), "grün ☃");
        assert_eq!(*pickle.bytes(of("raw")).unwrap(), *b"\x00\xff\x80'\"\n");
        let empty = items(&pickle, of("empty"));
        assert!(items(&pickle, empty[0]).is_empty() && items(&pickle, empty[1]).is_empty());
        assert_eq!(pickle.bytes(empty[3]).unwrap().len(), 0);
        for (n, &tuple) in items(&pickle, of("tuples")).iter().enumerate() {
            assert_eq!(pickle.ints(tuple, "").unwrap().len(), n + 1);
        }
        let shared = items(&pickle, of("shared"));
        assert_eq!(shared[0], shared[1], "memo");
        assert!(matches!(pickle.value(of("scalar")), Value::Float(2.5)));
        assert!(matches!(pickle.value(of("count")), Value::Int(7)));
        for (key, shape, whole) in [
            ("bytes", vec![6, 7], true),
            ("reals", vec![3, 4], false),
            ("turned", vec![3, 4], false),
            ("longs", vec![5], true),
        ] {
            let n = shape.iter().product();
            let array = pickle.array(of(key), key).unwrap();
            assert_eq!(
                array.f32(),
                (shape, expected(n, 1.0, whole)),
                "{key}, {protocol}"
            );
        }
    }
}

#[test]
fn python_2_wrote_strings_of_bytes() {
    for name in ["python2_0.pkl", "python2_2.pkl"] {
        let pickle = Pickle::open(&fixture(name)).unwrap();
        let data = pickle.get(pickle.root(), "data").unwrap();
        let (shape, values) = pickle.array(data, "data").unwrap().i64().unwrap();
        assert_eq!((shape, values), (vec![2, 3], vec![0, 255, 10, 39, 92, 128]));
        let labels = pickle.get(pickle.root(), "labels").unwrap();
        assert_eq!(pickle.ints(labels, "labels").unwrap(), [1, 1000]);
    }
}

#[test]
fn a_list_that_holds_itself_is_read_once() {
    let pickle = Pickle::open(&fixture("loop.pkl")).unwrap();
    let inside = pickle.get(pickle.root(), "inside").unwrap();
    assert_eq!(items(&pickle, inside), [pickle.root()]);
    assert!(pickle.ints(inside, "inside").is_err());
}

#[test]
fn calls_are_refused_by_name_and_nothing_is_run() {
    let error = Pickle::open(&fixture("payload.pkl"))
        .unwrap_err()
        .to_string();
    let named = error.contains("posix.system") && error.contains("nothing was run");
    assert!(named && error.contains("payload.pkl"), "{error}");
    assert!(!fixture("ran.txt").exists() && !Path::new("ran.txt").exists());
    for (bytes, part) in [
        (&b"cbuiltins\neval\n(Vprint(1)\ntR."[..], "builtins.eval"),
        (b"(lp0\ni__main__\nThing\n.", "an object"),
        (b"\x80\x02Pouter\n.", "outside the file"),
        (b"\x80\x09N.", "protocol 9"),
        (b"h\x07.", "memo 7"),
        (
            b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",
            "of 9223372036854775807 bytes",
        ),
        (b"\x8a\xff\x01", "1 of 255 bytes"),
        (b"(((", "0 of 1 bytes"),
        (b"", "0 of 1 bytes"),
    ] {
        let file = Mapped::memory(bytes.to_vec(), Path::new("bad.pkl"));
        let error = Pickle::of(file).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn claims_about_arrays_are_checked_against_their_bytes() {
    let bytes = std::fs::read(fixture("everything_3.pkl")).unwrap();
    // The shape (6, 7) of the bytes becomes (6, 255).
    let at = bytes
        .windows(4)
        .position(|window| window == b"K\x06K\x07")
        .unwrap();
    let mut bytes = bytes;
    bytes[at + 3] = 255;
    let pickle = Pickle::of(Mapped::memory(bytes, Path::new("bad.pkl"))).unwrap();
    let id = pickle.get(pickle.root(), "bytes").unwrap();
    let error = pickle.array(id, "bytes").unwrap_err().to_string();
    assert!(error.contains("42 bytes for [6, 255]"), "{error}");
}

#[test]
fn damaged_pickles_are_refused_or_read() {
    for protocol in 0..=5 {
        let bytes = std::fs::read(fixture(&format!("everything_{protocol}.pkl"))).unwrap();
        let outcome = survive(&bytes, protocol, |copy| {
            let pickle = Pickle::of(Mapped::memory(copy, Path::new("copy.pkl")))?;
            for id in 0..pickle.values.len() as Id {
                let _ = pickle.text(id);
                let _ = pickle.ints(id, "");
                if let Ok(array) = pickle.array(id, "") {
                    let _ = (array.f32(), array.i64().is_ok());
                }
            }
            Ok::<(), lab_core::Error>(())
        });
        assert!(outcome.1 > outcome.0 / 4, "{outcome:?}");
    }
}

//! npy and npz against what numpy wrote (`tests/reference/datasets/make_corpora.py`), and hostile copies of it.

use std::io::Write as _;
use std::path::Path;

use lab_core::Error;

use super::{expected, fixture};
use crate::mmap::Mapped;
use crate::mutations::survive;
use crate::npz::Npz;
use crate::{npy, zip};

#[test]
fn arrays_are_described_without_their_data() {
    for (name, shape, dtype, fortran) in [
        ("fortran.npy", vec![3, 4, 5], "float32", true),
        ("longs.npy", vec![6, 7], "int64", false),
        ("big_endian.npy", vec![4, 3], "float64, big-endian", false),
        ("halves.npy", vec![4, 3], "float16", false),
        ("flags.npy", vec![6], "bool", false),
    ] {
        let array = npy::open(&fixture(name)).unwrap();
        assert_eq!(array.bytes.start, 128, "{name}");
        let found = (array.shape, array.dtype.to_string(), array.fortran);
        assert_eq!(found, (shape, dtype.to_owned(), fortran), "{name}");
    }
    let error = npy::open(&fixture("objects.npy")).unwrap_err().to_string();
    assert!(
        error.contains("objects.npy") && error.contains("'|O'"),
        "{error}"
    );
}

#[test]
fn big_endian_halves_and_flags_are_numbers() {
    for name in ["big_endian.npy", "halves.npy"] {
        assert_eq!(
            npy::read(&fixture(name)).unwrap(),
            (vec![4, 3], expected(12, 1.0, false))
        );
    }
    let flags = npy::open(&fixture("flags.npy")).unwrap();
    assert_eq!(flags.i64().unwrap().1, [0, 0, 0, 1, 1, 1]);
}

#[test]
fn archives_list_their_arrays_and_read_them() {
    for name in ["stored.npz", "deflated.npz"] {
        let npz = Npz::open(&fixture(name)).unwrap();
        let names: Vec<&str> = npz.members().iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["reals", "turned", "bytes", "longs", "words"]);
        let shapes = npz
            .members()
            .iter()
            .map(|m| m.header.as_ref().map(|h| h.shape.clone()));
        let shapes: Vec<_> = shapes.collect();
        assert_eq!(shapes[1], Ok(vec![3, 4]));
        assert!(shapes[4].as_ref().is_err_and(|got| got.contains("U3")));
        for (variable, shape, sign, whole) in [
            ("reals", vec![3, 4, 5], 1.0, false),
            ("turned", vec![3, 4], 1.0, false),
            ("bytes", vec![6, 7], 1.0, true),
            ("longs", vec![5], -1.0, true),
        ] {
            let n = shape.iter().product();
            let found = npz.array(variable).unwrap();
            assert_eq!(
                found.f32(),
                (shape, expected(n, sign, whole)),
                "{name}, {variable}"
            );
        }
        let bytes = npz.array("bytes").unwrap();
        assert_eq!(bytes.i64().unwrap().1, (0..42).collect::<Vec<i64>>());
        let longs = npz.array("longs").unwrap();
        assert_eq!(longs.i64().unwrap().1, [0, -1, -2, -3, -4]);
        let reals = npz.array("reals").unwrap();
        assert!((reals.f64().1[59] - 59.5).abs() < 1e-12);
        let complaint = reals.i64().unwrap_err().to_string();
        assert!(complaint.contains("got 1.5"), "{complaint}");
        let complaint = npz.array("labels").unwrap_err().to_string();
        assert!(
            complaint.contains("labels") && complaint.contains("turned"),
            "{complaint}"
        );
        assert!(npz.array("words").is_err());
    }
}

/// An archive of one deflated array whose header claims `shape` and whose directory claims `n_bytes`.
fn bomb(shape: &str, n_bytes: u32) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}");
    let mut array = b"\x93NUMPY\x01\x00".to_vec();
    array.extend((text.len() as u16).to_le_bytes());
    array.extend(text.as_bytes());
    array.extend([0; 64]);
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(&array).unwrap();
    let packed = deflate.finish().unwrap();
    let name = b"data.npy";
    let sizes = |out: &mut Vec<u8>| {
        out.extend([0; 4]);
        out.extend((packed.len() as u32).to_le_bytes());
        out.extend(n_bytes.to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 2]);
    };
    let mut out = b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00".to_vec();
    sizes(&mut out);
    out.extend(name);
    out.extend(&packed);
    let directory = out.len() as u32;
    out.extend(b"PK\x01\x02\x14\x00\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00");
    sizes(&mut out);
    out.extend([0; 14]);
    out.extend(name);
    let n_directory = out.len() as u32 - directory;
    out.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    out.extend(n_directory.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend([0; 2]);
    out
}

#[test]
fn claims_beyond_what_deflate_can_do_are_refused_before_anything_is_unpacked() {
    for (shape, n_bytes) in [
        ("(4000000000,)", 4_000_000_068),
        ("(4000000000,)", 4_000_000_067),
        ("(64, 99999999999)", u32::MAX),
        ("(900,)", 967),
    ] {
        let file = Mapped::memory(bomb(shape, n_bytes), Path::new("bomb.npz"));
        let npz = Npz::of(file).unwrap();
        let error = npz.array("data").unwrap_err().to_string();
        assert!(
            error.contains("bomb.npz") && error.contains("data"),
            "{error}"
        );
    }
}

#[test]
fn damaged_arrays_and_archives_are_refused_or_read() {
    for (seed, name) in ["c_order.npy", "fortran.npy", "halves.npy"]
        .iter()
        .enumerate()
    {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let outcome = survive(&bytes, seed as u64, |copy| {
            let array = npy::array(Mapped::memory(copy, Path::new("copy.npy")))?;
            Ok::<_, Error>((array.f32(), array.i64().is_ok()))
        });
        assert!(outcome.0 > 0 && outcome.1 > 0, "{outcome:?}");
    }
    for (seed, name) in ["stored.npz", "deflated.npz"].iter().enumerate() {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let outcome = survive(&bytes, seed as u64, |copy| {
            let npz = Npz::of(Mapped::memory(copy, Path::new("copy.npz")))?;
            let arrays = npz.members().iter().map(|member| npz.array(&member.name));
            arrays
                .map(|array| array.map(|array| array.f32()))
                .collect::<Result<Vec<_>, _>>()
        });
        assert!(outcome.1 > outcome.0, "{outcome:?}");
    }
    assert!(zip::entries(b"PK").is_err());
}

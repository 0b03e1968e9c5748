//! Small files that ask for much memory. A child process with little of it reads them all, and is refused each time.
#![expect(
    clippy::print_stdout,
    reason = "the child tells its parent what it refused"
)]

use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use lab_core::Result;

use crate::container::Container;
use crate::npz::Npz;
use crate::pickle::Pickle;
use crate::tensors::Tensors;
use crate::tests::containers_fixture;
use crate::{limits, nifti, pictures};

/// Megabytes that the child lets a variable take, and kilobytes that it has itself.
const MOST_MB: &str = "64";
const MEMORY_KB: &str = "700000";
/// Zeros in a bomb: as values in double precision they are more than the child has.
const N: usize = 100_000_000;

fn read(path: &Path) -> Result<()> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match name.as_str() {
        "array.npz" => Npz::open(path)?
            .array("zeros")
            .map(|array| drop(array.f64())),
        "weights.npz" => {
            let tensors = Tensors::open(path)?;
            let entry = &tensors.entries()[0];
            tensors.values(entry).map(drop)
        }
        "matrix.mat" => Container::open(path)?.array::<f64>("x").map(drop),
        "cells.mat" => Container::open(path)?.strings(path, "x").map(drop),
        "bomb.h5" => Container::open(path)?.array::<f32>("zeros").map(drop),
        "picture.png" => pictures::read(path, 64).map(drop),
        "volume.nii.gz" => nifti::Nifti::open(path)?.volumes(0..1).map(drop),
        "values.pkl" => Pickle::open(path).map(drop),
        "header.safetensors" => Tensors::open(path).map(drop),
        "matrix.csv" => crate::table::matrix(path).map(drop),
        other => panic!("{other}"),
    }
}

#[test]
fn child() {
    let Some(folder) = std::env::var_os("LAB_BOMBS") else {
        return;
    };
    for path in crate::walk::walk(Path::new(&folder)).unwrap().files {
        let error = read(&path).unwrap_err().to_string();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(error.contains(&name), "{error}");
        println!("refused {name}: {error}");
    }
}

#[test]
fn bombs_are_refused_before_memory_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let array = npz(N);
    write("array.npz", &array);
    write("weights.npz", &array);
    write(
        "matrix.mat",
        &mat(
            9,
            &[(5, numbers(&[1, N as u32])), (1, b"x".to_vec())],
            &values(N),
        ),
    );
    let head = [(5, numbers(&[1, 20_000_000])), (1, b"x".to_vec())];
    let cells = |out: &mut dyn Write| {
        let block = numbers(&[14, 0]).repeat(1 << 14);
        (0..1300).for_each(|_| out.write_all(&block).unwrap());
    };
    write("cells.mat", &mat(1, &head, &cells));
    std::fs::copy(containers_fixture("bomb.h5"), folder.path().join("bomb.h5")).unwrap();
    write("picture.png", &png(20_000));
    write("volume.nii.gz", &volume(N));
    write(
        "values.pkl",
        &[b"\x80\x02".to_vec(), vec![b'N'; N / 4]].concat(),
    );
    let long = [&(1u64 << 30).to_le_bytes()[..], b"{", &[b' '; 100]].concat();
    write("header.safetensors", &long);
    write("matrix.csv", &b"1,2,3\n".repeat(1 << 20));
    let n_bytes: u64 = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(n_bytes < 40 << 20, "{n_bytes}");
    let ended = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {MEMORY_KB}; exec \"$0\" tests::bombs::child --exact --nocapture"),
        ])
        .arg(std::env::current_exe().unwrap())
        .env("LAB_BOMBS", folder.path())
        .env(limits::VARIABLE, MOST_MB)
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    let complained = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{told}\n{complained}");
    println!("{told}");
    assert_eq!(told.matches("refused ").count(), 10, "{told}");
    for name in [
        "array.npz",
        "matrix.mat",
        "cells.mat",
        "picture.png",
        "volume.nii.gz",
    ] {
        let line = told
            .lines()
            .find(|line| line.contains(&format!("refused {name}")));
        let line = line.unwrap_or_default();
        assert!(line.contains(limits::VARIABLE), "{name}: {line}");
    }
}

fn zeros(n: usize, out: &mut dyn Write) {
    let block = vec![0; 1 << 16];
    let mut left = n;
    while left > 0 {
        let n = left.min(block.len());
        out.write_all(&block[..n]).unwrap();
        left -= n;
    }
}

fn numbers(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// An archive of one deflated array of single bytes.
fn npz(n: usize) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({n},), }}\n");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.as_bytes());
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&header).unwrap();
    zeros(n, &mut encoder);
    let packed = encoder.finish().unwrap();
    let name = b"zeros.npy";
    let sizes = numbers(&[0, packed.len() as u32, (header.len() + n) as u32]);
    let names = [&(name.len() as u16).to_le_bytes()[..], &[0, 0]].concat();
    // Version, flags, method 8, time, date.
    let common = [&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..], &sizes, &names].concat();
    let local = [&b"PK\x03\x04"[..], &common, name, &packed].concat();
    let entry = [&b"PK\x01\x02\x14\x00"[..], &common, &[0; 14], name].concat();
    let counts = [0, 0, 0, 0, 1, 0, 1, 0];
    let places = numbers(&[entry.len() as u32, local.len() as u32]);
    let end = [&b"PK\x05\x06"[..], &counts, &places, &[0, 0]].concat();
    [local, entry, end].concat()
}

fn values(n: usize) -> impl Fn(&mut dyn Write) {
    move |out: &mut dyn Write| {
        out.write_all(&numbers(&[2, n as u32])).unwrap();
        zeros(n, out);
    }
}

/// A MATLAB file with one packed variable of a class: its dimensions and name, and then its values.
fn mat(class: u32, head: &[(u32, Vec<u8>)], values: &dyn Fn(&mut dyn Write)) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    // The length of the matrix is not looked at.
    encoder
        .write_all(&numbers(&[14, u32::MAX, 6, 8, class, 0]))
        .unwrap();
    for (kind, data) in head {
        let mut data = data.clone();
        encoder
            .write_all(&numbers(&[*kind, data.len() as u32]))
            .unwrap();
        data.resize(data.len().next_multiple_of(8), 0);
        encoder.write_all(&data).unwrap();
    }
    values(&mut encoder);
    let packed = encoder.finish().unwrap();
    let mut file = vec![b' '; 124];
    file.extend([0, 1, b'I', b'M']);
    file.extend(numbers(&[15, packed.len() as u32]));
    file.extend(packed);
    file
}

/// A black grey picture.
fn png(side: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(data);
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(kind);
        file.extend(data);
        file.extend(crc.sum().to_be_bytes());
    };
    let sides = [side.to_be_bytes(), side.to_be_bytes()].concat();
    chunk(b"IHDR", &[&sides[..], &[8, 0, 0, 0, 0]].concat());
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let line = vec![0; side as usize + 1];
    (0..side).for_each(|_| encoder.write_all(&line).unwrap());
    chunk(b"IDAT", &encoder.finish().unwrap());
    chunk(b"IEND", &[]);
    file
}

/// A packed volume of single bytes.
fn volume(n: usize) -> Vec<u8> {
    let mut header = vec![0; 352];
    let put = |header: &mut Vec<u8>, at: usize, bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    };
    put(&mut header, 0, &348u32.to_le_bytes());
    let side = (n / 10_000) as u16;
    let dims = [3, 100, 100, side, 1, 1, 1, 1]
        .map(u16::to_le_bytes)
        .concat();
    put(&mut header, 40, &dims);
    put(&mut header, 70, &[2, 0, 8, 0]);
    put(&mut header, 108, &352f32.to_le_bytes());
    put(&mut header, 344, b"n+1\0");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&header).unwrap();
    zeros(n, &mut encoder);
    encoder.finish().unwrap()
}

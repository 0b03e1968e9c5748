//! The child process, with this test program in the place of the child.
#![expect(
    clippy::exit,
    clippy::print_stdout,
    reason = "a child ends with its answer; counts are shown with --nocapture"
)]

use std::path::{Path, PathBuf};

use super::{Hdf5File, read_in_child, serve};
use crate::mutations::{mutations, n_mutations};
use crate::tests::fixture;

/// What the test program does when it is the child: the last two arguments are the file and the question.
#[test]
fn child() {
    if std::env::var_os("LAB_HDF5_CHILD").is_none() {
        return;
    }
    let arguments: Vec<String> = std::env::args().collect();
    if let [.., path, question] = arguments.as_slice() {
        let answered = serve(Path::new(path), question);
        std::process::exit(i32::from(!answered));
    }
}

fn with_child() {
    let arguments = ["hdf5::tests::child", "--exact", "--nocapture", "--"];
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::new());
    read_in_child(program, arguments.map(Into::into).to_vec());
}

fn read_all(path: &Path) -> lab_core::Result<usize> {
    let file = Hdf5File::open(path)?;
    let mut n = 0;
    for name in file.names() {
        match file.array::<f64>(name) {
            Ok(array) => n += array.values.len(),
            Err(_) => n += file.strings(name)?.len(),
        }
    }
    Ok(n)
}

/// Damaged copies of a file, a few for each of the others: each costs several processes.
const SHARE: usize = 20;

#[test]
fn damaged_files_are_read_or_refused_within_the_limits() {
    with_child();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.h5");
    for (seed, name) in [
        "storages.h5",
        "latest.h5",
        "god_v73/Subject1.h5",
        "god/Subject1.h5",
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = std::fs::read(fixture(&format!("layouts/{name}"))).unwrap();
        let (mut n_read, mut n_refused) = (0, 0);
        for copy in mutations(&bytes, seed as u64, n_mutations() / SHARE) {
            std::fs::write(&path, copy).unwrap();
            match read_all(&path) {
                Ok(_) => n_read += 1,
                Err(error) => {
                    assert!(error.to_string().contains("damaged.h5"), "{error}");
                    n_refused += 1;
                }
            }
        }
        println!("{name}: {n_read} read, {n_refused} refused");
        assert!(n_refused > 0, "{name}");
    }
}

/// Twenty changed bytes of a good file, for which the library follows references without end.
#[test]
fn a_file_that_its_reader_never_ends_is_stopped() {
    with_child();
    let start = std::time::Instant::now();
    let error = read_all(&fixture("hostile/endless.h5"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("endless.h5") && error.contains("more than"),
        "{error}"
    );
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn the_child_reads_what_the_library_reads_here() {
    with_child();
    for name in [
        "layouts/storages.h5",
        "layouts/god_v73/Subject1.h5",
        "layouts/vim1/EstimatedResponses.mat",
    ] {
        let path = fixture(name);
        let (file, library) = (
            Hdf5File::open(&path).unwrap(),
            super::Library::open(&path).unwrap(),
        );
        let whole = Hdf5File {
            contents: library.contents(),
            path,
            library: Some(library),
        };
        assert_eq!(file.names(), whole.names());
        for variable in file.names() {
            let (a, b) = (file.array::<f32>(variable), whole.array::<f32>(variable));
            match (a, b) {
                (Ok(a), Ok(b)) => {
                    assert_eq!(a.shape, b.shape);
                    let bits =
                        |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&a.values), bits(&b.values), "{name}, {variable}");
                }
                (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                _ => panic!("{name}, {variable}"),
            }
            assert_eq!(file.strings(variable).ok(), whole.strings(variable).ok());
        }
    }
}

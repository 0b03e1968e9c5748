//! From a stored record to its report.

use std::fs;
use std::path::{Path, PathBuf};

use lab_score::record::{Pictures, Record};
use lab_score::study::StudyRecord;

use crate::charts::{self, Figure};
use crate::files::{replace_file, replace_folder};
use crate::{Error, Result, pdf, stored, tables};

/// Reads what the run in `run` stored and writes `tables/`, `figures/` and `report.pdf` into `out`; returns the PDF's path.
///
/// # Errors
/// As [`stored::read`] and [`write()`].
pub fn make(run: &Path, out: &Path) -> Result<PathBuf> {
    let (record, pictures) = stored::read(run)?;
    write(&record, &pictures, out)
}

/// Writes `tables/`, `figures/` and `report.pdf` of a record into `out`; returns the PDF's path.
///
/// Each of the three is made under another name and then takes the place of what stood there.
///
/// # Errors
/// - [`Error::Io`] if something cannot be written.
/// - [`Error::Table`], [`Error::Chart`] or [`Error::Pdf`] if a part cannot be made.
///
/// # Determinism
/// The same record and pictures give the same bytes, wherever they are written.
pub fn write(record: &Record, pictures: &Pictures, out: &Path) -> Result<PathBuf> {
    fs::create_dir_all(out).map_err(Error::io("creating", out))?;
    replace_folder(&out.join("tables"), |folder| tables::write(record, folder))?;
    let folder = out.join("figures");
    let drawn = replace_folder(&folder, |folder| charts::write(record, pictures, folder))?;
    let figures: Vec<Figure> = drawn
        .into_iter()
        .map(|figure| moved(figure, &folder))
        .collect();
    let report = out.join("report.pdf");
    replace_file(&report, |path| pdf::write(record, &figures, path))?;
    Ok(report)
}

/// Writes the report of a record with a chapter on what people chose into `out`: what [`write()`] writes, the study's tables
/// under `tables/study/`, and `study.json`; returns the PDF's path.
///
/// # Errors
/// As [`write()`].
///
/// # Determinism
/// The same record, pictures and study give the same bytes, wherever they are written.
pub fn write_with_study(
    (record, pictures): (&Record, &Pictures),
    study: &StudyRecord,
    out: &Path,
) -> Result<PathBuf> {
    fs::create_dir_all(out).map_err(Error::io("creating", out))?;
    replace_folder(&out.join("tables"), |folder| {
        tables::write(record, folder)?;
        let of_study = folder.join("study");
        fs::create_dir_all(&of_study).map_err(Error::io("creating", &of_study))?;
        tables::write_study(study, &of_study)
    })?;
    let folder = out.join("figures");
    let (drawn, of_study) = replace_folder(&folder, |folder| {
        let drawn = charts::write(record, pictures, folder)?;
        Ok((drawn, charts::write_study(study, folder)?))
    })?;
    let placed = |figures: Vec<Figure>| -> Vec<Figure> {
        figures
            .into_iter()
            .map(|figure| moved(figure, &folder))
            .collect()
    };
    let (figures, of_study) = (placed(drawn), placed(of_study));
    store(study, out)?;
    let report = out.join("report.pdf");
    replace_file(&report, |path| {
        pdf::write_with_study((record, &figures), (study, &of_study), path)
    })?;
    Ok(report)
}

fn store(study: &StudyRecord, out: &Path) -> Result<()> {
    let path = out.join("study.json");
    let text = study.to_json().map_err(|source| Error::Stored {
        path: path.clone(),
        source,
    })?;
    replace_file(&path, |path| {
        fs::write(path, text).map_err(Error::io("writing", path))
    })
}

/// Writes `study.json`, `tables/`, `figures/` and `study.pdf` of a scored study into `out`; returns the PDF's path.
///
/// # Errors
/// As [`write()`].
///
/// # Determinism
/// The same study gives the same bytes, wherever they are written.
pub fn write_study(study: &StudyRecord, out: &Path) -> Result<PathBuf> {
    fs::create_dir_all(out).map_err(Error::io("creating", out))?;
    replace_folder(&out.join("tables"), |folder| {
        tables::write_study(study, folder)
    })?;
    let folder = out.join("figures");
    let drawn = replace_folder(&folder, |folder| charts::write_study(study, folder))?;
    let figures: Vec<Figure> = drawn
        .into_iter()
        .map(|figure| moved(figure, &folder))
        .collect();
    store(study, out)?;
    let report = out.join("study.pdf");
    replace_file(&report, |path| pdf::write_study(study, &figures, path))?;
    Ok(report)
}

/// The figure with its files in another folder.
fn moved(figure: Figure, folder: &Path) -> Figure {
    let file = |extension: &str| folder.join(format!("{}.{extension}", figure.name));
    Figure {
        svg: file("svg"),
        png: file("png"),
        ..figure
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use lab_score::record::{PICTURES_FILE, RECORD_FILE};

    use super::make;
    use crate::Error;
    use crate::example::example;

    /// Stores the example's record and pictures.
    fn store(folder: &Path) {
        let (record, pictures) = example();
        fs::write(folder.join(RECORD_FILE), record.to_json().unwrap()).unwrap();
        fs::write(folder.join(PICTURES_FILE), pictures.to_bytes().unwrap()).unwrap();
    }

    #[test]
    fn what_stood_there_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        store(folder);
        let report = make(folder, folder).unwrap();
        let first = fs::read(&report).unwrap();
        fs::write(folder.join("figures/stale.svg"), "").unwrap();
        fs::write(&report, "").unwrap();
        assert_eq!(make(folder, folder).unwrap(), report);
        assert_eq!(fs::read(&report).unwrap(), first);
        assert!(!folder.join("figures/stale.svg").exists());
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected = [
            PICTURES_FILE,
            RECORD_FILE,
            "figures",
            "report.pdf",
            "tables",
        ];
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(names, expected, "no temporary name is left");
    }

    #[test]
    fn a_folder_without_a_whole_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let missing = |file: &str| {
            let error = make(folder, folder).unwrap_err();
            assert!(
                matches!(&error, Error::NotARun { missing, .. } if *missing == file),
                "{error}"
            );
        };
        missing(RECORD_FILE);
        store(folder);
        fs::remove_file(folder.join(PICTURES_FILE)).unwrap();
        missing(PICTURES_FILE);
        store(folder);
        for file in [RECORD_FILE, PICTURES_FILE] {
            let whole = fs::read(folder.join(file)).unwrap();
            fs::write(folder.join(file), &whole[..whole.len() / 2]).unwrap();
            let error = make(folder, folder).unwrap_err();
            assert!(
                matches!(&error, Error::Stored { path, .. } if path.ends_with(file)),
                "{error}"
            );
            fs::write(folder.join(file), whole).unwrap();
        }
    }
}

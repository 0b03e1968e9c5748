//! The same bytes from any number of threads, in any folder, at any place and in any language.

use std::fs;

use super::{command, differing, finished, lab};

#[test]
fn threads_folders_times_and_languages_change_nothing() {
    let plain = lab();
    assert!(
        command(&plain, "toy.ron")
            .output()
            .unwrap()
            .status
            .success()
    );
    let expected = finished(&plain.path("runs"));
    for (threads, zone, language, file) in [
        ("1", "UTC", "C", "toy.ron"),
        ("2", "America/St_Johns", "de_DE.UTF-8", "./toy.ron"),
        ("4", "Asia/Kathmandu", "tr_TR.UTF-8", "deep/er/toy.ron"),
        ("8", "Pacific/Chatham", "ja_JP.UTF-8", "/toy.ron"),
    ] {
        let lab = lab();
        fs::create_dir_all(lab.path("deep/er")).unwrap();
        fs::copy(lab.path("toy.ron"), lab.path("deep/er/toy.ron")).unwrap();
        let file = match file.strip_prefix('/') {
            Some(name) => lab.path(name).to_string_lossy().into_owned(),
            None => file.to_owned(),
        };
        let mut command = command(&lab, &file);
        command.args(["--threads", threads]);
        command
            .env("TZ", zone)
            .env("LANG", language)
            .env("LC_ALL", language);
        let ended = command.output().unwrap();
        assert!(ended.status.success(), "{file}: {ended:?}");
        let names = differing(&expected, &finished(&lab.path("runs")));
        assert!(
            names.is_empty(),
            "{threads} threads, {zone}, {file}: {names:?}"
        );
    }
}

#[test]
fn memory_that_ends_is_said() {
    // Below some limit nothing starts, above some limit everything does; in between each end says something, and no end
    // is a panic.
    let mut codes = Vec::new();
    for megabytes in [300, 330, 400, 700, 1500] {
        let lab = lab();
        let run = command(&lab, "toy.ron");
        let mut limited = std::process::Command::new("bash");
        let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", megabytes * 1024);
        limited
            .args(["-c", &script])
            .arg(run.get_program())
            .args(run.get_args());
        limited.current_dir(lab.path("")).env("NO_COLOR", "1");
        let ended = limited.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!said.contains("panicked"), "{megabytes} MB: {said}");
        assert!(
            ended.status.code().is_some(),
            "{megabytes} MB: ended by a signal: {said}"
        );
        if !ended.status.success() {
            assert!(!said.trim().is_empty(), "{megabytes} MB");
            let is_refused = said.contains("memory allocation of");
            assert!(
                !is_refused || said.contains("error: the memory is full"),
                "{megabytes} MB: {said}"
            );
        }
        codes.push(ended.status.code());
    }
    assert_eq!(codes.last(), Some(&Some(0)), "{codes:?}");
}

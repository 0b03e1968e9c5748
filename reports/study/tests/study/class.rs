//! A class takes part at once, each pupil in a browser of their own.

use std::collections::BTreeSet;

use lab_study::settings::{Settings, Size};

use crate::browser::{ALL, begin_by_keyboard, by_key, by_touch, settings, stored};
use crate::process::Server;
use crate::studies::study;
use crate::webdriver::Browser;

/// Pupils of the class, without and with `LAB_SLOW`.
const N_PUPILS: [u32; 2] = [2, 20];

fn takes_part(server: &Server, pupil: u32) -> Option<()> {
    let has_phone = pupil % 2 == 1;
    let mut browser = Browser::start(has_phone)?;
    browser.go(&format!(
        "{}/?PROLIFIC_PID=pupil{pupil}&STUDY_ID=class&SESSION_ID=s{pupil}",
        server.url()
    ));
    if has_phone {
        by_touch(&mut browser);
        return Some(());
    }
    begin_by_keyboard(&mut browser);
    (3..=ALL).for_each(|trial| by_key(&mut browser, trial));
    browser.wait_for("debrief");
    browser.run("document.getElementById('finish').click()");
    browser.wait_for("finished");
    Some(())
}

#[test]
fn a_class_answers_every_trial_once() {
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    if !is_slow {
        lab_core::testing::skip("LAB_SLOW is not set: 2 of 20 pupils take part");
    }
    let n_pupils = N_PUPILS[usize::from(is_slow)];
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    let settings = Settings {
        size: Size::Participants(n_pupils),
        ..settings()
    };
    drop(study(&folder, 24, &settings, 9));
    let server = Server::start(&folder);
    let took_part: Vec<Option<()>> = std::thread::scope(|scope| {
        // Two at a time: a browser needs a core.
        let of = |first: u32| {
            let pupils = (first..n_pupils).step_by(2);
            let server = &server;
            scope.spawn(move || pupils.map(|pupil| takes_part(server, pupil)).collect())
        };
        let threads: Vec<std::thread::ScopedJoinHandle<'_, Vec<Option<()>>>> =
            [0, 1].map(of).into_iter().collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    if took_part.contains(&None) {
        return;
    }
    let all = stored(&folder);
    let lists: BTreeSet<u32> = all.people.iter().map(|person| person.list).collect();
    assert_eq!(
        lists.len(),
        n_pupils as usize,
        "each has a list of their own"
    );
    assert!(all.people.iter().all(|person| person.state == "finished"));
    for person in &all.people {
        let answers = all
            .answers
            .iter()
            .filter(|answer| answer.person == person.id);
        let trials: Vec<u32> = answers.map(|answer| answer.trial).collect();
        assert_eq!(
            trials,
            (1..=ALL).collect::<Vec<u32>>(),
            "{}",
            person.pseudonym
        );
    }
}

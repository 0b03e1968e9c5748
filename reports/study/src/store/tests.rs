//! Answers are stored once, lists are given out once, and whoever withdraws is gone.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::schema::WITHDRAWN;
use super::{Arrival, DATABASE, Person, Recorded, Refusal, Store};
use crate::design::Side;
use crate::settings::{Settings, Size};
use crate::testing::study;

const HOUR: i64 = 3_600_000;

fn arrival(pid: &str) -> Arrival {
    Arrival {
        pid: pid.into(),
        study: "s".into(),
        session: format!("session-{pid}"),
        ..Arrival::default()
    }
}

fn settings(n_lists: u32) -> Settings {
    Settings {
        size: Size::Participants(n_lists),
        ..Settings::default()
    }
}

#[test]
fn an_answer_is_stored_once_and_in_order() {
    let (_temp, study) = study(8, &settings(2));
    let mut store = Store::open(Arc::new(study), crate::clock::machine).unwrap();
    let person = store
        .arrive(&arrival("a"), "tab", "token")
        .unwrap()
        .unwrap();
    assert_eq!(
        store.answer(&person, 1, Side::Left, 500.0).unwrap(),
        Err(Refusal::OutOfOrder),
        "before the instructions"
    );
    store.instructed(&person, true, true).unwrap();
    let active = |store: &Store| store.active("token", "tab").unwrap().unwrap();
    let person = active(&store);
    let recorded = |next, was_known| Ok(Recorded { next, was_known });
    assert_eq!(
        store.answer(&person, 1, Side::Left, 500.0).unwrap(),
        recorded(2, false)
    );
    let person = active(&store);
    assert_eq!(
        store.answer(&person, 1, Side::Left, 500.0).unwrap(),
        recorded(2, true)
    );
    assert_eq!(
        store.answer(&person, 1, Side::Right, 500.0).unwrap(),
        Err(Refusal::Different)
    );
    assert_eq!(
        store.answer(&person, 3, Side::Left, 500.0).unwrap(),
        Err(Refusal::OutOfOrder)
    );
    assert_eq!(store.finish(&person).unwrap(), Err(Refusal::Unfinished));
    let all = store.everything().unwrap();
    assert_eq!(all.answers.len(), 1);
    assert!(
        all.events
            .iter()
            .any(|event| event.kind == "different answer" && event.detail == "trial 1: right")
    );
    assert_eq!(
        store.active("token", "other tab").unwrap(),
        Err(Refusal::TakenOver)
    );
    assert_eq!(store.person("guess").unwrap(), Err(Refusal::Unknown));
}

#[test]
fn lists_are_given_once_and_come_back_after_the_stated_age() {
    static NOW: AtomicI64 = AtomicI64::new(1);
    let (_temp, study) = study(8, &settings(2));
    let mut store = Store::open(Arc::new(study), || NOW.load(Ordering::Relaxed)).unwrap();
    let first = store.arrive(&arrival("a"), "t", "ta").unwrap().unwrap();
    let second = store.arrive(&arrival("b"), "t", "tb").unwrap().unwrap();
    assert_eq!((first.list, second.list), (1, 2));
    assert_eq!(
        store.arrive(&arrival("c"), "t", "tc").unwrap(),
        Err(Refusal::Full)
    );
    // The same person comes back in another browser, to the same list; with another session, not.
    let again = store.arrive(&arrival("a"), "t2", "ta2").unwrap().unwrap();
    assert_eq!((again.id, again.list), (first.id, 1));
    assert_eq!(store.person("ta").unwrap(), Err(Refusal::Unknown));
    let forged = Arrival {
        session: "guess".into(),
        ..arrival("a")
    };
    assert_eq!(
        store.arrive(&forged, "t", "x").unwrap(),
        Err(Refusal::OtherSession)
    );
    NOW.store(49 * HOUR, Ordering::Relaxed);
    assert_eq!(store.person("tb").unwrap(), Err(Refusal::Expired));
    assert_eq!(
        store
            .arrive(&arrival("c"), "t", "tc")
            .unwrap()
            .unwrap()
            .list,
        1
    );
    assert_eq!(
        store.arrive(&arrival("b"), "t", "tb2").unwrap(),
        Err(Refusal::Expired)
    );
}

/// A name that is found wherever it is left in a file.
const NAME: &str = "secret-name-4711";

/// Somebody of that name, who has just agreed.
fn somebody(study: &Arc<crate::folder::Study>) -> (Store, Person) {
    let mut store = Store::open(Arc::clone(study), crate::clock::machine).unwrap();
    let person = store.arrive(&arrival(NAME), "t", "ta").unwrap().unwrap();
    (store, person)
}

#[test]
fn whoever_withdraws_is_deleted_here_and_in_restored_copies() {
    let (temp, study) = study(8, &settings(2));
    let study = Arc::new(study);
    let (mut store, person) = somebody(&study);
    store.instructed(&person, true, true).unwrap();
    let person = store.person("ta").unwrap().unwrap();
    store
        .answer(&person, 1, Side::Left, 1234.5)
        .unwrap()
        .unwrap();
    store.remark(&person, "remark-that-must-go").unwrap();
    store
        .connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let (database, copy) = (study.folder.join(DATABASE), temp.path().join("copy"));
    fs::copy(&database, &copy).unwrap();
    store.withdraw(&person).unwrap();
    store.scrub(&person.pseudonym).unwrap();
    assert_eq!(store.everything().unwrap().people, []);
    assert_eq!(
        store.arrive(&arrival(NAME), "t", "tb").unwrap(),
        Err(Refusal::Withdrawn)
    );
    for name in [DATABASE, "answers.sqlite-wal"] {
        let bytes = fs::read(study.folder.join(name)).unwrap_or_default();
        for word in [NAME, "remark-that-must-go"] {
            assert!(
                !bytes
                    .windows(word.len())
                    .any(|part| part == word.as_bytes()),
                "{name} holds {word}"
            );
        }
    }
    drop(store);
    fs::copy(&copy, &database).unwrap();
    let reader = Store::open_to_read(Arc::clone(&study)).unwrap();
    assert_eq!(
        reader.everything().unwrap().people,
        [],
        "an export of a restored copy"
    );
    assert_eq!(reader.platform_names().unwrap(), []);
    drop(reader);
    let store = Store::open(study, crate::clock::machine).unwrap();
    assert_eq!(store.n_answers().unwrap(), 0);
}

#[test]
fn what_a_withdrawal_could_not_overwrite_the_next_start_does() {
    let (_temp, study) = study(8, &settings(2));
    let study = Arc::new(study);
    let (mut store, person) = somebody(&study);
    // Somebody reads the database meanwhile, and a folder stands where names of the withdrawn are written.
    let reader = rusqlite::Connection::open(study.folder.join(DATABASE)).unwrap();
    reader
        .execute_batch("BEGIN; SELECT COUNT(*) FROM people")
        .unwrap();
    let n_people = "SELECT COUNT(*) FROM people";
    let seen: u32 = reader.query_row(n_people, [], |row| row.get(0)).unwrap();
    assert_eq!(seen, 1);
    store
        .connection
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    store.withdraw(&person).unwrap();
    assert!(
        !store.scrub(&person.pseudonym).unwrap(),
        "a reader is there"
    );
    let names = study.folder.join(WITHDRAWN);
    fs::remove_file(&names).unwrap();
    fs::create_dir(&names).unwrap();
    assert!(store.scrub(&person.pseudonym).is_err());
    let holds_it = || {
        let log = fs::read(study.folder.join("answers.sqlite-wal")).unwrap_or_default();
        log.windows(NAME.len()).any(|part| part == NAME.as_bytes())
    };
    assert!(holds_it(), "what the reader sees stays");
    fs::remove_dir(&names).unwrap();
    reader.execute_batch("COMMIT").unwrap();
    // The other connections live on, as after a kill: nobody cuts the log by going.
    let again = Store::open(Arc::clone(&study), crate::clock::machine).unwrap();
    assert!(!holds_it());
    assert_eq!(
        fs::read_to_string(&names).unwrap(),
        format!("{}\n", person.pseudonym)
    );
    drop((store, reader, again));
}

#[test]
fn a_database_of_another_study_is_refused() {
    let (_one, first) = study(8, &settings(2));
    let (_two, second) = study(10, &settings(2));
    drop(Store::open(Arc::new(first.clone()), crate::clock::machine).unwrap());
    fs::copy(first.folder.join(DATABASE), second.folder.join(DATABASE)).unwrap();
    let error = Store::open(Arc::new(second), crate::clock::machine)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("holds the answers to another study"),
        "{error}"
    );
}

#[test]
fn a_study_that_nobody_answered_says_so() {
    let (_temp, study) = study(8, &settings(2));
    let said = Store::open_to_read(Arc::new(study)).map(drop).unwrap_err();
    let said = said.to_string();
    assert!(
        said.contains("nobody has answered") && said.contains("lab study serve"),
        "{said}"
    );
}

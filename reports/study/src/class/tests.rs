//! Pages without a server: they hold no key, and what is handed in comes back whole.

use super::{decided, read, remarks, write_pages};
use crate::design::Side;
use crate::export::decisions;
use crate::settings::{Settings, Size};
use crate::testing::study;

fn settings() -> Settings {
    Settings {
        size: Size::Participants(3),
        ..Settings::default()
    }
}

#[test]
fn pages_hold_one_list_each_and_no_key() {
    let (temp, study) = study(10, &settings());
    let out = temp.path().join("class.zip");
    let pages = write_pages(&study, 2, &out).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!((pages.n_pages, pages.n_bytes), (2, bytes.len()));
    let text = String::from_utf8_lossy(&bytes);
    for word in [
        "\"side\"",
        "\"catch\"",
        "distractor",
        "\"image-",
        "dcgan",
        "vim-1",
        "key.csv",
        "src=\"/",
        "href=\"/",
    ] {
        assert!(!text.contains(word), "a page holds {word}");
    }
    for (list, is_there) in [(0, true), (1, true), (2, false)] {
        assert_eq!(text.contains(&study.lists[list].trials[0].left), is_there);
    }
    let error = write_pages(&study, 4, &out).unwrap_err().to_string();
    assert!(error.starts_with("pages: expected 1 to 3"), "{error}");
}

#[test]
fn files_and_codes_come_back_in_any_order_and_join_the_key() {
    let (_temp, study) = study(10, &settings());
    let file = format!(
        r#"{{"format":1,"study":"{}","list":2,"rater":"cfile","answers":[[1,"left",512.5],[2,"right",700]],"remarks":"=1"}}"#,
        study.id
    );
    let codes = format!(
        "LAB1 {0} 1 ccode 2/2 R1s\n\nLAB1 {0} 1 ccode 1/2 L2xkRa\r\nLAB1 {0} 2 cfile 1/1 L3ydR5eg\n",
        study.id
    );
    let handed = read(&[
        ("codes.txt".into(), codes.into_bytes()),
        ("one.json".into(), file.into_bytes()),
    ])
    .unwrap();
    assert_eq!(
        handed.len(),
        2,
        "the same answers as a file and as a code are one person's"
    );
    assert_eq!(
        handed[0].answers,
        [
            (1, Side::Left, 380.0),
            (2, Side::Right, 1.0),
            (3, Side::Right, 6.4)
        ]
    );
    assert_eq!(handed[1].remarks, "=1");
    assert_eq!(remarks(&handed).text(), "rater,list,remarks\ncfile,2,'=1\n");
    let decided = decided(&study, &handed).unwrap();
    assert_eq!(decided.len(), 5);
    let right = decided.iter().filter(|one| one.is_correct()).count();
    let table = decisions(&decided);
    let column = table.column("correct").unwrap();
    assert_eq!(
        table.rows.iter().filter(|row| row[column] == "1").count(),
        right
    );
}

#[test]
fn a_page_that_was_left_for_a_month_comes_back() {
    let (_temp, study) = study(10, &settings());
    // numpy.base_repr(25_920_000_000, 36) of NumPy 2.4.6 is BWO3K00: tenths of a millisecond in 30 days.
    let code = format!("LAB1 {} 1 c 1/1 L1sRbwo3k00", study.id);
    let handed = read(&[("x.txt".into(), code.into_bytes())]).unwrap();
    assert_eq!(handed[0].answers[1], (2, Side::Right, 2_592_000_000.0));
}

#[test]
fn what_is_wrong_is_named() {
    let (_temp, study) = study(10, &settings());
    let complaint = |text: String| {
        read(&[("x.txt".into(), text.into_bytes())])
            .and_then(|handed| decided(&study, &handed).map(|_| ()))
            .unwrap_err()
            .to_string()
    };
    let id = &study.id;
    let saved = |answers: &str| {
        format!(r#"{{"format":1,"study":"{id}","list":1,"rater":"c","answers":[{answers}]}}"#)
    };
    for (text, expected) in [
        ("hello".to_owned(), "got 'hello'"),
        (format!("LAB1 {id} 1 c 1/2 L1"), "none with number 2"),
        (format!("LAB1 {id} 1 c 1/1 X1"), "such as L2xk"),
        (format!("LAB1 {id} 1 c 3/2 L1"), "got 'LAB1"),
        ("LAB1 0123 1 c 1/1 L1".into(), "answers to study 0123"),
        (format!("LAB1 {id} 9 c 1/1 L1"), "trial 1 of list 9"),
        (
            format!("LAB1 {id} 1 c 1/1 {}", "L1".repeat(50)),
            "trial 10 of list 1",
        ),
        ("{\"format\":1}".into(), "missing field"),
        (
            saved("[1,\"left\",5],[1,\"right\",5]"),
            "expected one answer to trial 2, got trial 1 in its place",
        ),
        (
            saved("[1,\"left\",5],[2,\"right\",-5]"),
            "got -5 in trial 2",
        ),
    ] {
        assert!(complaint(text).contains(expected), "{expected}");
    }
}

use std::io::Write;

use sha2::{Digest, Sha256};

use super::*;
use crate::catalog::{COMMIT_FORMAT_VERSION, CommitRecord, StoredSegment};
use crate::id::{AttemptToken, CubeId, CubeName, JobId, SegmentId};
use crate::ledger::LedgerTotals;
use crate::segment::{FileKind, ReadySegment};
use crate::time::MinuteSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_object_is_kept_and_the_same_bytes_again_are_no_error() {
    for (store, _folder) in stores() {
        store.put_new("a/b/c.json", "{}".into()).await.unwrap();
        store.put_new("a/b/c.json", "{}".into()).await.unwrap();
        assert_eq!(store.get("a/b/c.json").await.unwrap(), "{}");
        assert_eq!(store.length("a/b/c.json").await.unwrap(), 2);
        store.put_new("empty", Bytes::new()).await.unwrap();
        assert_eq!(store.length("empty").await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_never_changes() {
    for (store, _folder) in stores() {
        store.put_new("a", "one".into()).await.unwrap();
        for other in ["two", "on", "one ", ""] {
            let error = store.put_new("a", other.into()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data);
            let text = error.to_string();
            assert!(
                text.contains(&format!("{}/a", store.location())) && text.contains("other content"),
                "{text}"
            );
        }
        assert_eq!(store.get("a").await.unwrap(), "one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_is_an_error_that_names_it_but_may_be_deleted() {
    for (store, _folder) in stores() {
        for error in [store.get("x/y").await.unwrap_err(), store.length("x/y").await.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(
                error.to_string().contains("x/y") && error.to_string().contains(store.location()),
                "{error}"
            );
        }
        store.put_new("x/y", "1".into()).await.unwrap();
        store.delete("x/y").await.unwrap();
        store.delete("x/y").await.unwrap();
        assert_eq!(store.get("x/y").await.unwrap_err().kind(), ErrorKind::NotFound);
        store.put_new("x/y", "2".into()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_come_in_the_order_they_are_asked_for() {
    for (store, _folder) in stores() {
        store.put_new("a", "0123456789".into()).await.unwrap();
        let ranges = store.get_ranges("a", &[0..1, 8..10, 2..5]).await.unwrap();
        assert_eq!(ranges, ["0", "89", "234"]);
        assert!(store.get_ranges("a", &[]).await.unwrap().is_empty());
        assert!(store.get_ranges("b", &[0..1, 3..4]).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spooled_file_arrives_whole_with_the_hash_of_its_bytes() {
    for (store, _folder) in stores() {
        // Nothing, a little, exactly one part, one byte more, and several parts.
        for length in [0usize, 1, 8 << 20, (8 << 20) + 1, (20 << 20) + 12_345] {
            let bytes: Vec<u8> = (0..length).map(|i| ((i * 31) >> 3) as u8).collect();
            let mut spooled = SpooledFile::new().unwrap();
            for piece in bytes.chunks(300_007) {
                spooled.write_all(piece).unwrap();
            }
            let path = format!("segments/{length}.bin");
            let file = spooled.upload(&store, FileKind::Cuboids, path.clone()).await.unwrap();
            assert_eq!((file.kind, &file.path, file.length), (FileKind::Cuboids, &path, length as u64));
            assert_eq!(file.sha256, hex(&Sha256::digest(&bytes)));
            assert!(store.get(&path).await.unwrap() == bytes, "{length} bytes");
        }
    }
}

#[test]
fn a_store_in_a_folder_that_cannot_be_made_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = SegmentStore::local(&file.join("store")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("file/store"), "{error}");
}

#[test]
fn the_names_of_an_attempts_objects_contain_its_token() {
    let (cube, segment) = (CubeId::fresh(), SegmentId::fresh());
    let (first, second) = (AttemptToken::fresh(), AttemptToken::fresh());
    let paths = SegmentPaths::new(cube, segment, first);
    let folder = format!("cubes/{cube}/segments/{segment}/{first}");
    assert_eq!(paths.cuboids(), format!("{folder}/cuboids.parquet"));
    assert_eq!(paths.rejected(), format!("{folder}/rejected.parquet"));
    assert_eq!(paths.manifest(), format!("{folder}/manifest.json"));
    assert_ne!(SegmentPaths::new(cube, segment, second).cuboids(), paths.cuboids());
    assert_eq!(paths::commit(cube, 42), format!("cubes/{cube}/commits/00000000000000000042.json"));
    assert!(paths::commit(cube, 9) < paths::commit(cube, 10), "names sort as numbers do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_record_is_written_once_under_its_number() {
    let record = |reason: &str| -> CommitRecord {
        let text = serde_json::json!({
            "format_version": COMMIT_FORMAT_VERSION,
            "cube": "flights_cube",
            "cube_id": "018f0000-0000-7000-8000-000000000001",
            "number": 7,
            "at": 1,
            "change": "removed",
            "segment": "018f0000-0000-7000-8000-000000000002",
            "offsets": { "0": [0, 10], "12": [5, 5] },
            "reason": reason,
        });
        serde_json::from_value(text).unwrap()
    };
    for (store, _folder) in stores() {
        let commit = record("deleted by ada");
        store.put_commit(&commit).await.unwrap();
        store.put_commit(&commit).await.unwrap();
        assert_eq!(store.put_commit(&record("deleted by bob")).await.unwrap_err().kind(), ErrorKind::Data);
        let bytes = store.get(&paths::commit(commit.cube_id, 7)).await.unwrap();
        let again: CommitRecord = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(format!("{again:?}"), format!("{commit:?}"));
    }
}

fn manifest() -> Manifest {
    let ready = ReadySegment {
        event_time: None,
        event_time_by_partition: [(3, crate::time::TimeRange { min: -1, max: 1 })].into(),
        minutes: MinuteSet::default(),
        files: vec![],
        cuboids: Default::default(),
        totals: LedgerTotals::default(),
        published_at: 9,
    };
    Manifest {
        format_version: MANIFEST_FORMAT_VERSION,
        cube: CubeName::new("c").unwrap(),
        cube_id: CubeId::fresh(),
        segment: SegmentId::fresh(),
        job: JobId::fresh(),
        attempt: AttemptToken::fresh(),
        topic: "t".into(),
        offsets: "0:1..2 7:3..3".parse().unwrap(),
        model_spec: "{}".into(),
        cube_spec: "{}".into(),
        content: StoredSegment::new(&ready, "m".into()),
    }
}

#[test]
fn a_manifest_survives_being_written_and_read_again() {
    let manifest = manifest();
    let again = Manifest::parse(&manifest.to_bytes().unwrap()).unwrap();
    assert_eq!(format!("{again:?}"), format!("{manifest:?}"));
    again.content.to_ready().unwrap();
}

#[test]
fn a_manifest_of_a_newer_format_is_refused() {
    let newer = Manifest { format_version: MANIFEST_FORMAT_VERSION + 1, ..manifest() };
    let error = Manifest::parse(&newer.to_bytes().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("newer Kirin"), "{error}");
    for garbage in [&b""[..], b"{}", b"[", b"\xff"] {
        assert_eq!(Manifest::parse(garbage).unwrap_err().kind(), ErrorKind::Data);
    }
}

#[test]
fn hexadecimal_text_reads_back_and_nothing_else_does() {
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(unhex(&hex(&all)).unwrap(), all);
    assert_eq!(hex(&[0, 15, 255]), "000fff");
    assert_eq!(unhex(""), Some(vec![]));
    for wrong in ["0", "0g", "ä0", "0x00", " 00"] {
        assert_eq!(unhex(wrong), None, "{wrong}");
    }
}

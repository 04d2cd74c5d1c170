//! Reserving, publishing and giving up: one transaction each, by the attempt that owns it.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::catalog::commits::Recorded;
use crate::id::{AttemptToken, SegmentId};
use crate::timeline::HoleCause;

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_goes_from_reserved_to_published() {
    let fixture = Fixture::flights().await;
    let text = "0:0..10 1:0..20 2:5..5";
    let job = fixture.reserve(text).await.unwrap();
    assert_eq!((job.state, job.attempts, job.segment_name.as_str()), (JobState::Pending, 0, "5_35"));
    assert_eq!((job.submitter.as_str(), job.started_at, job.ended_at), ("bob", None, None));
    assert_eq!(job.steps.iter().map(|step| step.kind).collect::<Vec<_>>(), StepKind::ALL);

    let timeline = fixture.timeline().await;
    let segment = timeline.segment(job.segment).unwrap();
    assert!(segment.ready().is_none());
    assert_eq!((&segment.offsets, segment.job, segment.name()), (&offsets(text), job.id, "5_35".into()));
    assert_eq!(timeline.starts, BTreeMap::from([(0, 0), (1, 0), (2, 0)]));
    assert_eq!(fixture.catalog.ledger(job.segment).await.unwrap_err().kind(), ErrorKind::NotFound);

    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    assert_eq!((attempt.state, attempt.attempts), (JobState::Running, 1));
    assert_ne!(attempt.attempt, job.attempt);
    assert!(attempt.started_at.is_some());

    let published = publication(&attempt, text);
    assert_eq!(fixture.catalog.publish(published.clone()).await.unwrap(), 1);
    let timeline = fixture.timeline().await;
    let ready = timeline.segment(job.segment).unwrap().ready().unwrap();
    assert_eq!(stored(ready), stored(&published.ready));
    assert_eq!((ready.size(), ready.cuboids[&CuboidId::new(0)].rows()), (1234, 4));
    assert_eq!(fixture.catalog.ledger(job.segment).await.unwrap(), published.ledger);
    published.ledger.check(7 + 17).unwrap();
    let job = fixture.catalog.job(job.id).await.unwrap();
    assert_eq!((job.state, &job.steps, job.error), (JobState::Finished, &published.steps, None));
    assert_eq!(job.ended_at, Some(published.ready.published_at));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_publication_leaves_a_commit_record_numbered_without_gaps() {
    let fixture = Fixture::flights().await;
    let mut segments = vec![];
    for text in ["0:0..10 1:0..5", "0:10..20", "0:20..30"] {
        segments.push(fixture.publish(text).await);
    }
    let cube = fixture.catalog.cube("flights_cube").await.unwrap();
    let commits = fixture.catalog.commits_to_store().await.unwrap();
    assert_eq!(commits.iter().map(|commit| commit.number).collect::<Vec<_>>(), [1, 2, 3]);
    for (commit, published) in commits.iter().zip(&segments) {
        assert_eq!(
            (&commit.cube, commit.cube_id, commit.format_version),
            (&flights(), cube.id, COMMIT_FORMAT_VERSION)
        );
        let Recorded::Published { segment, job, attempt, offsets, manifest, totals, ledger_sha256 } =
            &commit.change
        else {
            panic!("{commit:?}");
        };
        assert_eq!((*segment, *job, *attempt), (published.segment, published.job, published.attempt));
        assert_eq!((manifest, *totals), (&published.manifest, published.ledger.totals()));
        assert_eq!(offsets.len(), totals.offsets);
        assert_eq!(ledger_sha256.len(), 64);
    }
    assert_eq!(
        offsets("0:0..10 1:0..5"),
        match &commits[0].change {
            Recorded::Published { offsets, .. } => offsets.clone(),
            other => panic!("{other:?}"),
        }
    );

    fixture.catalog.commit_is_stored(&commits[0]).await.unwrap();
    let left = fixture.catalog.commits_to_store().await.unwrap();
    assert_eq!(left.iter().map(|commit| commit.number).collect::<Vec<_>>(), [2, 3]);
    let left = fixture.reopened().await.catalog.commits_to_store().await.unwrap();
    assert_eq!(left.len(), 2, "what the store may lack is known after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_of_a_ledger_tells_ledgers_apart() {
    let digest_of = async |change: fn(&mut Publication)| {
        let fixture = Fixture::flights().await;
        let job = fixture.reserve("0:0..10").await.unwrap();
        let job = fixture.catalog.begin_attempt(job.id).await.unwrap();
        let mut publication = publication(&job, "0:0..10");
        change(&mut publication);
        fixture.catalog.publish(publication).await.unwrap();
        match fixture.catalog.commits_to_store().await.unwrap().remove(0).change {
            Recorded::Published { ledger_sha256, .. } => ledger_sha256,
            other => panic!("{other:?}"),
        }
    };
    let plain = digest_of(|_| {}).await;
    assert_eq!(digest_of(|_| {}).await, plain);
    let other_offset = digest_of(|publication| {
        let terms = publication.ledger.0.get_mut(&0).unwrap();
        terms.rejected_offsets = Default::default();
        terms.rejected_offsets.insert(3);
    });
    assert_ne!(other_offset.await, plain);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_publications_number_their_commits_one_after_the_other() {
    let fixture = Fixture::flights().await;
    let mut attempts = vec![];
    for i in 0..8 {
        let text = format!("0:{}..{}", i * 10, i * 10 + 10);
        let job = fixture.reserve(&text).await.unwrap();
        let job = fixture.catalog.begin_attempt(job.id).await.unwrap();
        attempts.push(publication(&job, &text));
    }
    let catalog = Arc::new(fixture.catalog);
    let tasks = attempts.into_iter().map(|publication| {
        let catalog = catalog.clone();
        tokio::spawn(async move { catalog.publish(publication).await.unwrap() })
    });
    let mut numbers = vec![];
    for task in tasks.collect::<Vec<_>>() {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_superseded_publishes_nothing() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let first = fixture.catalog.begin_attempt(job.id).await.unwrap();
    fixture
        .catalog
        .record_attempt(job.id, first.attempt, &first.steps, Effort::default(), Some("broker is gone"))
        .await
        .unwrap();
    let failed = fixture.catalog.job(job.id).await.unwrap();
    assert_eq!((failed.state, failed.error.as_deref()), (JobState::Error, Some("broker is gone")));
    refused(&fixture, publication(&first, "0:0..10")).await;

    fixture.catalog.set_job_state(job.id, JobState::Pending).await.unwrap();
    refused(&fixture, publication(&first, "0:0..10")).await;

    let second = fixture.catalog.begin_attempt(job.id).await.unwrap();
    assert_eq!((second.attempts, second.error.clone(), second.segment), (2, None, job.segment));
    assert_ne!(second.attempt, first.attempt);
    refused(&fixture, publication(&first, "0:0..10")).await;
    let late = fixture
        .catalog
        .record_attempt(job.id, first.attempt, &first.steps, Effort::default(), Some("late"))
        .await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);

    fixture.catalog.publish(publication(&second, "0:0..10")).await.unwrap();
    refused(&fixture, publication(&first, "0:0..10")).await;
    refused(&fixture, publication(&second, "0:0..10")).await;
    assert_eq!(fixture.catalog.commits_to_store().await.unwrap().len(), 1);
}

/// Expects that publishing is a conflict and changes nothing.
async fn refused(fixture: &Fixture, publication: Publication) {
    let before = fixture.state().await;
    let error = fixture.catalog.publish(publication).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(fixture.state().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_keeps_its_reservation_but_its_attempt_publishes_nothing() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    fixture.catalog.set_job_state(job.id, JobState::Stopped).await.unwrap();
    refused(&fixture, publication(&attempt, "0:0..10")).await;
    assert_eq!(fixture.reserve("0:5..15").await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_job_publishes_nothing_and_frees_its_offsets() {
    let fixture = Fixture::flights().await;
    fixture.publish("0:0..10").await;
    let job = fixture.reserve("0:10..20").await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    fixture.publish("0:20..30").await;
    let discarded = fixture.catalog.discard(job.id, "discarded by bob").await.unwrap();
    assert_eq!(discarded.state, JobState::Discarded);
    assert!(discarded.ended_at.is_some());
    refused(&fixture, publication(&attempt, "0:10..20")).await;
    assert_eq!(fixture.catalog.discard(job.id, "again").await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(fixture.catalog.begin_attempt(job.id).await.unwrap_err().kind(), ErrorKind::Conflict);

    let holes = fixture.timeline().await.holes();
    assert_eq!((holes.len(), holes[0].name.as_str()), (1, "10_20"));
    assert_eq!(holes[0].cause, HoleCause::Discarded { job: Some(job.id), reason: "discarded by bob".into() });
    assert_eq!(
        fixture.catalog.commits_to_store().await.unwrap().len(),
        2,
        "nothing was published, so nothing removed"
    );

    fixture.publish("0:10..20").await;
    assert!(fixture.timeline().await.holes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_never_given_out_publishes_nothing() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    let other = fixture.reserve("0:10..20").await.unwrap();
    let other = fixture.catalog.begin_attempt(other.id).await.unwrap();
    let right = publication(&attempt, "0:0..10");
    refused(&fixture, Publication { attempt: AttemptToken::fresh(), ..right.clone() }).await;
    refused(&fixture, Publication { segment: SegmentId::fresh(), ..right.clone() }).await;
    // A job may not publish the segment of another, whosever token it shows.
    refused(&fixture, Publication { segment: other.segment, ..right.clone() }).await;
    refused(&fixture, Publication { segment: other.segment, attempt: other.attempt, ..right.clone() }).await;
    fixture.catalog.publish(right).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unbalanced_ledger_is_not_published() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    let lost: [fn(&mut crate::ledger::PartitionLedger); 4] = [
        |terms| terms.rows -= 1,
        |terms| terms.delivered += 1,
        |terms| terms.absent_offsets = Default::default(),
        |terms| terms.filtered.clear(),
    ];
    for lose in lost {
        let mut publication = publication(&attempt, "0:0..10");
        lose(publication.ledger.0.get_mut(&0).unwrap());
        refused(&fixture, publication).await;
    }
    fixture.catalog.publish(publication(&attempt, "0:0..10")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlapping_reservation_is_refused_and_told_the_next_step() {
    let fixture = Fixture::flights().await;
    fixture.publish("0:0..10 1:0..10").await;
    let building = fixture.reserve("0:10..20").await.unwrap();
    for (text, words) in [
        ("1:9..20", ["partition 1", "holds 0..10", "start at 10"]),
        ("0:15..20 1:10..20", ["partition 0", "is already building 10..20", "start at 20"]),
        ("0:0..1000", ["partition 0", "holds 0..10", "start at 10"]),
    ] {
        let before = fixture.state().await;
        let error = fixture.reserve(text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(words.iter().all(|word| error.to_string().contains(word)), "{error}");
        assert_eq!(fixture.state().await, before);
    }
    let error = fixture.reserve("0:19..21").await.unwrap_err().to_string();
    assert!(error.contains(&building.id.to_string()), "{error}");
    fixture.reserve("0:20..30 1:10..10").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_concurrent_reservations_exactly_one_wins() {
    let fixture = Fixture::flights().await;
    let catalog = Arc::new(fixture.catalog);
    for round in 0..20 {
        let text = format!("0:{}..{}", round * 10, round * 10 + 10);
        let tasks = [(); 2].map(|()| {
            let (catalog, reservation) = (catalog.clone(), reservation(&text));
            tokio::spawn(async move { catalog.reserve(reservation).await })
        });
        let mut won = vec![];
        for task in tasks {
            match task.await.unwrap() {
                Ok(job) => won.push(job),
                Err(error) => assert!(matches!(error, ReserveError::Overlap(_)), "{error}"),
            }
        }
        assert_eq!(won.len(), 1, "round {round}");
        let job = catalog.begin_attempt(won[0].id).await.unwrap();
        catalog.publish(publication(&job, &text)).await.unwrap();
    }
    assert_eq!(catalog.timeline(&flights()).await.unwrap().segments.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_segments_are_building_than_the_cube_allows() {
    let fixture = Fixture::empty().await;
    let text = FLIGHTS.replace("    start: earliest", "    start: earliest\n    max_building_segments: 2");
    fixture.catalog.create_cubes(&SpecFile::parse(&text).unwrap(), "ada").await.unwrap();
    let first = fixture.reserve("0:0..10").await.unwrap();
    let second = fixture.reserve("0:10..20").await.unwrap();
    let error = fixture.reserve("0:20..30").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    let (a, b) = (first.id.to_string(), second.id.to_string());
    for word in
        ["has 2 building segments", "(2, build.max_building_segments)", "0_10", &a, "(PENDING)", "10_20", &b]
    {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
    fixture.catalog.set_job_state(first.id, JobState::Stopped).await.unwrap();
    let text = fixture.reserve("0:20..30").await.unwrap_err().to_string();
    assert!(text.contains("(STOPPED for 0 s)"), "what stands still is named with its age: {text}");
    fixture.catalog.discard(first.id, "").await.unwrap();
    let third = fixture.reserve("0:20..30").await.unwrap();
    let third = fixture.catalog.begin_attempt(third.id).await.unwrap();
    fixture.catalog.publish(publication(&third, "0:20..30")).await.unwrap();
    fixture.reserve("0:30..40").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_of_a_partition_is_kept_from_its_first_reservation_on() {
    let fixture = Fixture::flights().await;
    let reservation = |text, starts| Reservation { starts, ..reservation(text) };
    fixture.catalog.reserve(reservation("0:5..10", BTreeMap::from([(0, 5)]))).await.unwrap();
    fixture.catalog.reserve(reservation("0:10..20 1:3..4", BTreeMap::from([(0, 10), (1, 3)]))).await.unwrap();
    assert_eq!(fixture.timeline().await.starts, BTreeMap::from([(0, 5), (1, 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_segment_leaves_a_hole_with_its_cause_and_a_commit() {
    let fixture = Fixture::flights().await;
    fixture.publish("0:0..10").await;
    let middle = fixture.publish("0:10..20").await;
    fixture.publish("0:20..30").await;
    fixture.catalog.delete_segment(&flights(), middle.segment, "deleted by ada").await.unwrap();

    let timeline = fixture.timeline().await;
    assert_eq!(timeline.segments.len(), 2);
    let holes = timeline.holes();
    assert_eq!((holes.len(), &holes[0].offsets), (1, &offsets("0:10..20")));
    assert_eq!(holes[0].cause, HoleCause::Discarded { job: None, reason: "deleted by ada".into() });
    assert!(holes[0].since.is_some());
    assert_eq!(fixture.catalog.ledger(middle.segment).await.unwrap_err().kind(), ErrorKind::NotFound);

    let commits = fixture.catalog.commits_to_store().await.unwrap();
    assert_eq!(commits.iter().map(|commit| commit.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    match &commits[3].change {
        Recorded::Removed { segment, offsets: removed, reason } => {
            assert_eq!(
                (*segment, removed, reason.as_str()),
                (middle.segment, &offsets("0:10..20"), "deleted by ada")
            );
        }
        other => panic!("{other:?}"),
    }
    let again = fixture.catalog.delete_segment(&flights(), middle.segment, "").await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_building_is_not_deleted() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let error = fixture.catalog.delete_segment(&flights(), job.segment, "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error.to_string().contains(&job.id.to_string()) && error.to_string().contains("discard"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_record_is_json_with_a_version_that_reads_back() {
    let fixture = Fixture::flights().await;
    let published = fixture.publish("0:0..10 3:0..2").await;
    fixture.catalog.delete_segment(&flights(), published.segment, "wrong").await.unwrap();
    for commit in fixture.catalog.commits_to_store().await.unwrap() {
        let json = serde_json::to_value(&commit).unwrap();
        assert_eq!((&json["format_version"], &json["cube"]), (&1.into(), &"flights_cube".into()));
        assert_eq!(json["change"], if commit.number == 1 { "published" } else { "removed" });
        assert_eq!(json["offsets"]["3"], serde_json::json!([0, 2]));
        for text in [json.to_string(), serde_json::to_string_pretty(&commit).unwrap()] {
            let again: CommitRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(format!("{again:?}"), format!("{commit:?}"));
        }
    }
}

#[test]
fn a_stored_segment_of_a_newer_format_is_refused() {
    let text = r#"{"format_version":2,"manifest":"m","event_time":null,"event_time_by_partition":{},"minutes":"","files":[],
        "cuboids":{},"totals":{"offsets":0,"delivered":0,"rows":0,"filtered":0,"rejected":0,"absent":0},"published_at":0}"#;
    let error = StoredSegment::parse(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("version 2") && error.to_string().contains("newer"), "{error}");
    StoredSegment::parse("{}").unwrap_err();
    let minutes =
        StoredSegment::parse(&text.replace("\"format_version\":2", "\"format_version\":1")).unwrap();
    assert_eq!(minutes.to_ready().unwrap_err().kind(), ErrorKind::Data, "no bytes are no set of minutes");
}

/// A caller that goes away in the middle of a change leaves all of it or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_whose_caller_goes_away_is_there_whole_or_not_at_all() {
    let fixture = Fixture::flights().await;
    let (mut kept, mut lost) = (0, 0);
    for polls in 0..45i64 {
        let text = format!("0:{}..{}", polls * 10, polls * 10 + 10);
        let mut reserving = Box::pin(fixture.reserve(&text));
        for _ in 0..polls {
            if futures::poll!(&mut reserving).is_ready() {
                break;
            }
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        drop(reserving);
        let timeline = fixture.timeline().await;
        let jobs = fixture.catalog.jobs(&JobFilter::default(), 0, 1000).await.unwrap();
        let building: Vec<_> = timeline.building().map(|segment| (segment.id, segment.job)).collect();
        let mut open: Vec<_> = jobs
            .iter()
            .filter(|job| job.state == JobState::Pending)
            .map(|job| (job.segment, job.id))
            .collect();
        open.reverse();
        assert_eq!(building, open);
        match building.first() {
            Some(&(_, job)) => {
                kept += 1;
                fixture.catalog.discard(job, "").await.unwrap();
            }
            None => lost += 1,
        }
    }
    assert!(kept > 0 && lost > 0, "{kept} kept, {lost} lost");
}

//! Opening, models and cubes.

use super::*;
use crate::id::ModelName;
use crate::spec::ModelSpec;

fn model(text: &str) -> ModelSpec {
    SpecFile::parse(text).unwrap().models.remove(0)
}

/// A cube that is spelled otherwise than it was created.
fn shouted() -> CubeName {
    CubeName::new("FLIGHTS_Cube").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_opening_is_refused_and_names_the_process() {
    let fixture = Fixture::empty().await;
    let error = Catalog::open_sqlite(&fixture.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    assert!(
        text.contains(&format!("pid {}", std::process::id())) && text.contains("another data directory"),
        "{text}"
    );
    fixture.reopened().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Catalog::open_sqlite(&folder.path().join("missing/catalog.db")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("missing/catalog.db"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    std::fs::write(&path, "not a database, but long enough to be looked at. ".repeat(100)).unwrap();
    let error = Catalog::open_sqlite(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_a_newer_kirin_wrote_is_refused() {
    let Fixture { folder, catalog } = Fixture::flights().await;
    drop(catalog);
    let path = folder.path().join("catalog.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Catalog::open_sqlite(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("version 99") && error.to_string().contains("newer Kirin"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_again_after_a_restart() {
    let fixture = Fixture::flights().await;
    let published = fixture.publish("0:0..10 1:0..20").await;
    let pending = fixture.reserve("0:10..30").await.unwrap();
    let running = fixture.reserve("0:30..31").await.unwrap();
    let running = fixture.catalog.begin_attempt(running.id).await.unwrap();
    fixture.catalog.enable_cube(&flights(), false).await.unwrap();
    let before = (fixture.state().await, format!("{:?}", fixture.catalog.cubes().await.unwrap()));

    let fixture = fixture.reopened().await;
    assert_eq!((fixture.state().await, format!("{:?}", fixture.catalog.cubes().await.unwrap())), before);
    let timeline = fixture.timeline().await;
    assert_eq!(
        stored(timeline.segment(published.segment).unwrap().ready().unwrap()),
        stored(&published.ready)
    );
    assert_eq!(fixture.catalog.ledger(published.segment).await.unwrap(), published.ledger);
    let unfinished = fixture.catalog.unfinished_jobs().await.unwrap();
    assert_eq!(unfinished.iter().map(|job| job.id).collect::<Vec<_>>(), [pending.id, running.id]);
    // The attempt that ran when the server ended still owns its segment.
    fixture.catalog.publish(publication(&running, "0:30..31")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cube_is_kept_with_its_model_owner_and_times() {
    let fixture = Fixture::flights().await;
    let file = SpecFile::parse(FLIGHTS).unwrap();
    let cube = fixture.catalog.cube("flights_cube").await.unwrap();
    assert_eq!((&*cube.spec, &*cube.model), (&file.cubes[0], &file.models[0]));
    assert_eq!((cube.owner.as_str(), cube.enabled), ("ada", true));
    assert!(cube.created_at > 1_700_000_000_000 && cube.updated_at == cube.created_at);
    assert_eq!(fixture.catalog.models().await.unwrap().len(), 1);

    fixture.catalog.enable_cube(&flights(), false).await.unwrap();
    assert!(!fixture.catalog.cube("flights_cube").await.unwrap().enabled);
    assert!(!fixture.catalog.snapshot().await.unwrap()[0].enabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_cube_is_an_error_that_names_those_there_are() {
    let fixture = Fixture::empty().await;
    let error = fixture.catalog.cube("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("\"x\"") && error.to_string().contains("none"), "{error}");
    let fixture = Fixture::flights().await;
    let unknown = CubeName::new("unknown").unwrap();
    let errors = [
        fixture.catalog.cube("unknown").await.unwrap_err(),
        fixture.catalog.timeline(&unknown).await.unwrap_err(),
        fixture.catalog.drop_cube(&unknown).await.unwrap_err(),
        fixture.catalog.enable_cube(&unknown, true).await.unwrap_err(),
        fixture.catalog.set_initial_offsets(&unknown, &BTreeMap::new()).await.unwrap_err(),
        fixture
            .catalog
            .reserve(Reservation { cube: unknown, ..reservation("0:0..1") })
            .await
            .unwrap_err()
            .into(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("flights_cube"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_recorded_whole_or_not_at_all() {
    let fixture = Fixture::flights().await;
    let mut file = SpecFile::parse(SAMPLE_STREAM).unwrap();
    file.cubes.push(SpecFile::parse(FLIGHTS).unwrap().cubes.remove(0));
    let error = fixture.catalog.create_cubes(&file, "ada").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("flights_cube"), "{error}");
    assert_eq!(fixture.catalog.cubes().await.unwrap().len(), 1);
    assert_eq!(fixture.catalog.models().await.unwrap().len(), 1);

    fixture.catalog.create_cubes(&SpecFile::parse(SAMPLE_STREAM).unwrap(), "ada").await.unwrap();
    let names: Vec<String> =
        fixture.catalog.cubes().await.unwrap().iter().map(|cube| cube.spec.name.to_string()).collect();
    assert_eq!(names, ["flights_cube", "kylin_streaming_cube"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_whatever_its_case() {
    let fixture = Fixture::flights().await;
    let shouted = FLIGHTS.replace("name: flights_cube", "name: FLIGHTS_CUBE");
    let error = fixture.catalog.create_cubes(&SpecFile::parse(&shouted).unwrap(), "ada").await.unwrap_err();
    assert!(error.to_string().contains("a cube flights_cube already"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cube_is_the_same_whatever_the_case_of_its_name() {
    let fixture = Fixture::flights().await;
    let published = fixture.publish("0:0..10").await;
    let job =
        fixture.catalog.reserve(Reservation { cube: shouted(), ..reservation("0:10..20") }).await.unwrap();
    assert_eq!(job.cube, flights());
    assert_eq!(fixture.catalog.cube("FLIGHTS_Cube").await.unwrap().spec.name, flights());

    let timeline = fixture.catalog.timeline(&shouted()).await.unwrap();
    assert_eq!((timeline.cube.clone(), timeline.segments.len()), (flights(), 2));
    let error = fixture.catalog.set_initial_offsets(&shouted(), &BTreeMap::from([(0, 5)])).await.unwrap_err();
    assert!(error.to_string().contains("has been built already"), "{error}");
    fixture.catalog.enable_cube(&shouted(), false).await.unwrap();
    assert!(!fixture.catalog.cube("flights_cube").await.unwrap().enabled);
    let error = fixture.catalog.drop_cube(&shouted()).await.unwrap_err();
    assert!(error.to_string().contains(&job.id.to_string()), "{error}");
    let filter = JobFilter { cube: Some("FLIGHTS_CUBE".into()), ..JobFilter::default() };
    assert_eq!(fixture.catalog.jobs(&filter, 0, 10).await.unwrap().len(), 2);

    fixture.catalog.discard(job.id, "not needed").await.unwrap();
    fixture.catalog.delete_segment(&shouted(), published.segment, "wrong").await.unwrap();
    assert!(fixture.timeline().await.segments.is_empty());
    fixture.catalog.drop_cube(&shouted()).await.unwrap();
    assert!(fixture.catalog.cubes().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_model_again_is_no_error_but_another_of_its_name_is() {
    let fixture = Fixture::flights().await;
    fixture.catalog.create_models(&[model(FLIGHTS)]).await.unwrap();
    assert_eq!(fixture.catalog.models().await.unwrap().len(), 1);

    let other = model(&FLIGHTS.replace("topic: flights", "topic: flights_2"));
    let error = fixture.catalog.create_models(&[other]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("another model flights"), "{error}");

    let same_table = ModelSpec { name: ModelName::new("departures").unwrap(), ..model(FLIGHTS) };
    let error = fixture.catalog.create_models(&[same_table]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("SQL table flights"), "{error}");
    assert_eq!(*fixture.catalog.models().await.unwrap()[0], model(FLIGHTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_start_that_a_specification_may_name_is_read_back() {
    for start in ["latest", "{ offsets: { 0: 100, 1: 7 } }", "{ timestamp: 2026-01-01T00:00:00Z }"] {
        let fixture = Fixture::empty().await;
        let file = SpecFile::parse(&FLIGHTS.replace("start: earliest", &format!("start: {start}"))).unwrap();
        fixture.catalog.create_cubes(&file, "ada").await.unwrap();
        let fixture = fixture.reopened().await;
        assert_eq!(fixture.catalog.cube("flights_cube").await.unwrap().spec.build, file.cubes[0].build);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cube_with_an_open_job_is_not_dropped() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let error = fixture.catalog.drop_cube(&flights()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    assert!(
        text.contains(&job.id.to_string()) && text.contains("PENDING") && text.contains("discard"),
        "{text}"
    );
    fixture.catalog.discard(job.id, "not needed").await.unwrap();
    fixture.catalog.drop_cube(&flights()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_cube_leaves_its_name_but_never_its_id_or_its_segments() {
    let fixture = Fixture::flights().await;
    let published = fixture.publish("0:0..10").await;
    let first = fixture.catalog.cube("flights_cube").await.unwrap().id;
    fixture.catalog.drop_cube(&flights()).await.unwrap();
    assert_eq!(fixture.catalog.cube("flights_cube").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fixture.catalog.ledger(published.segment).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fixture.catalog.models().await.unwrap().len(), 1, "the model stays");
    assert_eq!(
        fixture.catalog.job(published.job).await.unwrap().state,
        JobState::Finished,
        "so does its history"
    );

    fixture.catalog.create_cubes(&SpecFile::parse(FLIGHTS).unwrap(), "eve").await.unwrap();
    assert_ne!(fixture.catalog.cube("flights_cube").await.unwrap().id, first);
    let timeline = fixture.timeline().await;
    assert!(timeline.segments.is_empty() && timeline.starts.is_empty() && timeline.discarded.is_empty());
    fixture.publish("0:0..10").await;
    let commits = fixture.catalog.commits_to_store().await.unwrap();
    assert_eq!(commits.iter().map(|commit| commit.number).collect::<Vec<_>>(), [1, 1], "one of each cube");
}

#[tokio::test(flavor = "multi_thread")]
async fn start_offsets_can_be_set_until_the_first_segment() {
    let fixture = Fixture::flights().await;
    let offsets = BTreeMap::from([(0, 100), (7, 0)]);
    fixture.catalog.set_initial_offsets(&flights(), &offsets).await.unwrap();
    assert_eq!(fixture.catalog.initial_offsets(&flights()).await.unwrap(), offsets);
    let other = BTreeMap::from([(1, 5)]);
    fixture.catalog.set_initial_offsets(&flights(), &other).await.unwrap();
    assert_eq!(fixture.catalog.initial_offsets(&flights()).await.unwrap(), other, "replaced, not added");
    fixture.catalog.set_initial_offsets(&flights(), &BTreeMap::from([(0, -1)])).await.unwrap_err();
    assert_eq!(fixture.catalog.initial_offsets(&flights()).await.unwrap(), other);

    fixture.reserve("1:5..10").await.unwrap();
    let error = fixture.catalog.set_initial_offsets(&flights(), &offsets).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("purge"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_shows_all_cubes_with_their_segments() {
    let fixture = Fixture::flights().await;
    fixture.catalog.create_cubes(&SpecFile::parse(SAMPLE_STREAM).unwrap(), "ada").await.unwrap();
    fixture.publish("0:0..10").await;
    fixture.reserve("0:10..20").await.unwrap();
    let snapshot = fixture.catalog.snapshot().await.unwrap();
    let found: Vec<_> = snapshot
        .iter()
        .map(|cube| (cube.spec.name.as_str(), cube.model.name.as_str(), cube.timeline.segments.len()))
        .collect();
    assert_eq!(found, [("flights_cube", "flights", 2), ("kylin_streaming_cube", "kylin_streaming_model", 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decoded_is_kept_as_long_as_the_catalog_holds_it() {
    let fixture = Fixture::flights().await;
    let first = fixture.catalog.cube("flights_cube").await.unwrap();
    let again = fixture.catalog.snapshot().await.unwrap();
    assert!(Arc::ptr_eq(&first.spec, &again[0].spec) && Arc::ptr_eq(&first.model, &again[0].model));
    for offsets in ["0:0..10", "0:10..20"] {
        fixture.publish(offsets).await;
    }
    let held = fixture.timeline().await.segments;
    assert_eq!(fixture.catalog.segments.len(), 2);
    fixture.catalog.delete_segment(&flights(), held[0].id, "").await.unwrap();
    fixture.timeline().await;
    assert_eq!(fixture.catalog.segments.len(), 1, "a deleted segment is not kept in memory");
    fixture.catalog.drop_cube(&flights()).await.unwrap();
    assert_eq!(fixture.catalog.segments.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_dropped_only_when_no_cube_uses_it() {
    let fixture = Fixture::flights().await;
    assert_eq!(fixture.catalog.model("FLIGHTS").await.unwrap().table, "flights");
    let error = fixture.catalog.model("sales").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("there are: flights"), "{error}");
    let name = ModelName::new("Flights").unwrap();
    let error = fixture.catalog.drop_model(&name).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("flights_cube"), "{error}");
    fixture.catalog.drop_cube(&flights()).await.unwrap();
    fixture.catalog.drop_model(&name).await.unwrap();
    assert!(fixture.catalog.models().await.unwrap().is_empty());
    assert_eq!(fixture.catalog.drop_model(&name).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_created_all_or_none() {
    let fixture = Fixture::empty().await;
    let renamed = |name: &str| ModelSpec { name: ModelName::new(name).unwrap(), ..model(FLIGHTS) };
    let error = fixture.catalog.create_models(&[renamed("a"), renamed("b")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "both stand for the table flights");
    assert!(fixture.catalog.models().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_has_the_definition_and_nothing_else() {
    let fixture = Fixture::flights().await;
    fixture.publish("0:0..10").await;
    let name = CubeName::new("flights_2").unwrap();
    let clone = fixture.catalog.clone_cube(&shouted(), &name, "eve").await.unwrap();
    let original = fixture.catalog.cube("flights_cube").await.unwrap();
    assert_eq!((clone.spec.name.as_str(), clone.owner.as_str()), ("flights_2", "eve"));
    assert_ne!(clone.id, original.id);
    assert_eq!(clone.spec.measures, original.spec.measures);
    assert!(fixture.catalog.timeline(&name).await.unwrap().segments.is_empty());
    let again = fixture.catalog.clone_cube(&name, &shouted(), "eve").await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let unknown = CubeName::new("unknown").unwrap();
    let error = fixture.catalog.clone_cube(&unknown, &name, "eve").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_cube_knows_nothing_of_its_offsets_any_more() {
    let fixture = Fixture::flights().await;
    for text in ["0:0..10", "0:20..30"] {
        fixture.publish(text).await;
    }
    let open = fixture.reserve("0:10..20").await.unwrap();
    let error = fixture.catalog.purge_cube(&flights(), "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains(&open.id.to_string()), "{error}");
    fixture.catalog.discard(open.id, "").await.unwrap();
    assert_eq!(fixture.timeline().await.holes().len(), 1);

    assert_eq!(fixture.catalog.purge_cube(&shouted(), "wrong column").await.unwrap(), 2);
    let timeline = fixture.timeline().await;
    assert!(timeline.segments.is_empty() && timeline.discarded.is_empty() && timeline.starts.is_empty());
    assert_eq!(timeline.holes(), []);
    let commits = fixture.catalog.commits_to_store().await.unwrap();
    let last = serde_json::to_value(commits.last().unwrap()).unwrap();
    assert_eq!((&last["change"], &last["reason"]), (&"purged".into(), &"wrong column".into()));
    assert_eq!(last["segments"].as_array().unwrap().len(), 2);
    assert_eq!(fixture.catalog.count_jobs(&JobFilter::default()).await.unwrap(), 3, "jobs stay");
    let start = BTreeMap::from([(0, 5)]);
    fixture.catalog.set_initial_offsets(&flights(), &start).await.unwrap();
    fixture.publish("0:5..30").await;
}

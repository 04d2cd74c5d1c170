//! Queries that people keep.

use super::*;
use crate::id::SavedQueryId;

fn query(name: &str, owner: &str) -> SavedQuery {
    SavedQuery {
        id: SavedQueryId::fresh(),
        name: name.into(),
        project: "default".into(),
        sql: "SELECT 1".into(),
        description: String::new(),
        owner: owner.into(),
        updated_at: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_kept_changed_and_deleted() {
    let fixture = Fixture::empty().await;
    let catalog = &fixture.catalog;
    let b = catalog.save_query(query("b", "ada")).await.unwrap();
    let a = catalog.save_query(query("a", "bob")).await.unwrap();
    assert!(b.updated_at > 0);
    assert_eq!(catalog.saved_queries(None).await.unwrap(), [a.clone(), b.clone()], "by name");
    assert_eq!(catalog.saved_queries(Some("ada")).await.unwrap(), std::slice::from_ref(&b));
    let changed = catalog.save_query(SavedQuery { sql: "SELECT 2".into(), ..b }).await.unwrap();
    assert_eq!(catalog.saved_query(changed.id).await.unwrap(), changed);
    catalog.delete_query(a.id).await.unwrap();
    for error in [catalog.delete_query(a.id).await.unwrap_err(), catalog.saved_query(a.id).await.unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(&a.id.to_string()), "{error}");
    }
    assert_eq!(fixture.reopened().await.catalog.saved_queries(None).await.unwrap(), [changed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_without_name_or_sql_is_refused() {
    let fixture = Fixture::empty().await;
    for (field, query) in
        [("name", query(" ", "ada")), ("sql", SavedQuery { sql: String::new(), ..query("a", "ada") })]
    {
        let error = fixture.catalog.save_query(query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(field), "{error}");
    }
}

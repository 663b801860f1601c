//! Columns are read beside writes, kept within their budget, dropped and brought up to date.

use super::*;
use crate::columns::UPKEEP_WAITING;

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_are_read_during_writes_miss_nothing() {
    let mut world = World::new(77).await;
    world.put_traces(100).await;
    world.put_spans(100).await;
    let sort = Sort {
        field: Field::StartTime,
        key: None,
        kind: FieldType::DateTime,
        direction: Direction::Descending,
    };
    for round in 0..60 {
        let list = List {
            page: 1,
            size: 5_000,
            sort: Some(sort.clone()),
            view: View::default(),
        };
        if round % 3 == 0 {
            world.columns().forget();
        }
        let (scope, selection) = (world.scope.clone(), Selection::all(world.project));
        world.write_and_query(&selection, &list).await;
        let what = format!("round {round}");
        world
            .compare(&what, || world.store.traces(&scope, selection.clone(), list.clone()))
            .await;
        world
            .compare(&what, || world.store.trace_stats(&scope, selection.clone()))
            .await;
    }
}

fn by_start() -> List {
    let sort = Sort {
        field: Field::StartTime,
        key: None,
        kind: FieldType::DateTime,
        direction: Direction::Ascending,
    };
    List {
        page: 1,
        size: 10,
        sort: Some(sort),
        view: View::default(),
    }
}

/// Projects whose traces are in columns.
fn loaded(world: &World) -> usize {
    world.columns().slots.read().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_nobody_asks_for_are_dropped_and_read_again() {
    let mut world = World::with(
        5,
        ColumnOptions {
            idle: Duration::ZERO,
            ..options()
        },
    )
    .await;
    world.put_traces(300).await;
    let (scope, all) = (world.scope.clone(), Selection::all(world.project));
    for answered in 1..4 {
        world
            .compare("idle", || world.store.traces(&scope, all.clone(), by_start()))
            .await;
        assert_eq!(world.columns().answered.load(Ordering::SeqCst), answered);
        assert_eq!(loaded(&world), 1);
        tokio::time::sleep(Duration::from_millis(5)).await;
        world.columns().upkeep();
        assert_eq!(loaded(&world), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_used_columns_give_way_when_memory_is_short() {
    let mut world = World::new(6).await;
    for _ in 0..4 {
        world.put_traces(400).await;
    }
    let scope = world.scope.clone();
    let (one, two) = (Selection::all(world.project), Selection::all(world.other));
    for selection in [&one, &two] {
        world
            .compare("both", || world.store.traces(&scope, selection.clone(), by_start()))
            .await;
    }
    let needed: Vec<usize> = world
        .columns()
        .slots
        .read()
        .values()
        .map(|slot| slot.bytes.load(Ordering::SeqCst))
        .collect();
    assert_eq!(needed.len(), 2);
    let (smaller, larger) = (*needed.iter().min().unwrap(), *needed.iter().max().unwrap());

    // Room for each alone, but not for both.
    let mut world = World::with(
        6,
        ColumnOptions {
            budget: larger + smaller / 2,
            ..options()
        },
    )
    .await;
    for _ in 0..4 {
        world.put_traces(400).await;
    }
    let (one, two) = (Selection::all(world.project), Selection::all(world.other));
    for selection in [&one, &two, &one, &two] {
        world
            .compare("in turns", || world.store.traces(&scope, selection.clone(), by_start()))
            .await;
        wait_until(|| loaded(&world) <= 1).await;
    }

    // No room at all: the tables answer.
    let mut world = World::with(
        6,
        ColumnOptions {
            budget: 1_000,
            ..options()
        },
    )
    .await;
    world.put_traces(400).await;
    let one = Selection::all(world.project);
    world
        .compare("tables", || world.store.traces(&scope, one.clone(), by_start()))
        .await;
    wait_until(|| loaded(&world) == 0).await;
    world
        .compare("tables", || world.store.traces(&scope, one.clone(), by_start()))
        .await;
    assert_eq!(loaded(&world), 0);
}

async fn wait_until(holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_do_not_pile_up_when_no_query_comes() {
    let mut world = World::new(8).await;
    world.put_traces(200).await;
    let (scope, all) = (world.scope.clone(), Selection::all(world.project));
    world
        .compare("before", || world.store.traces(&scope, all.clone(), by_start()))
        .await;
    for _ in 0..8 {
        world.put_traces(200).await;
    }
    let slot = world.columns().slots.read().values().next().cloned().unwrap();
    wait_until(|| slot.waiting_count.load(Ordering::SeqCst) < UPKEEP_WAITING).await;
    world
        .compare("after", || world.store.traces(&scope, all.clone(), by_start()))
        .await;
    assert_eq!(slot.waiting_count.load(Ordering::SeqCst), 0);
}

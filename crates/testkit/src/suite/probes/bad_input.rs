//! Commands that no text can say, because reading them would fail: stores must refuse them too.

use credenza_core::command::{
    Aggregate, Condition, Del, Exists, Expire, Expiry, GetEx, GetExpiry, HDel, HMGet, HRandField, HScan,
    HSet, IncrBounded, IncrByFloat, LPos, LPush, LexRange, MGet, MSet, MSetNx, RPush, SAdd, SDiff, SInter,
    SInterCard, SMIsMember, SRandMember, SRem, SUnion, SUnionStore, Scan, ScoreBound, ScoreRange, Set,
    SetExpiry, SetIfEqual, ZAdd, ZAddIncr, ZAddOptions, ZCount, ZIncrBy, ZMScore, ZRange, ZRangeBy, ZRem,
    ZUnion, ZUnionStore,
};
use credenza_core::{Batch, Check, Command, CommandId, Cursor, ErrorKind, Key, Member, Mode, Result, Value};

use super::{Notes, commands, furnish, probes};
use crate::Subject;
use crate::script::{Answer, Needs};
use crate::suite::{Store, text_of};

probes! { "bad input":
    "commands that contradict themselves are refused and change nothing", Needs::NOTHING => alone;
    "one bad command spoils its whole batch, before anything is done", commands(&[CommandId::Set]) => in_batches;
    "a pipeline with checks is refused", commands(&[CommandId::Set]) => checked_pipeline;
    "a cursor that no scan gave is refused, or finds nothing wrong", commands(&[CommandId::Scan, CommandId::Set]) => cursors;
}

fn nothing<T>() -> Vec<T> {
    Vec::new()
}

fn bad_commands() -> Vec<Command> {
    let zadd = |options| ZAdd::new("zset", options, [(1.0, "a")]).into();
    let options = ZAddOptions::default();
    let nan = f64::NAN;
    let not_a_range = ScoreRange { min: ScoreBound::Inclusive(nan), max: ScoreBound::Inclusive(1.0) };
    vec![
        Del { keys: nothing() }.into(),
        Exists { keys: nothing() }.into(),
        Expire::new("string", Expiry::In(5)).nx(true).xx(true).into(),
        Expire::new("string", Expiry::In(5)).gt(true).lt(true).into(),
        Scan::new(Cursor::START).count(0).into(),
        Set::new("string", "v").expiry(SetExpiry::In(0)).into(),
        Set::new("string", "v").expiry(SetExpiry::At(-1)).into(),
        Set::new("string", "v").expiry(SetExpiry::In(i64::MAX)).into(),
        GetEx::new("string").expiry(GetExpiry::In(i64::MIN)).into(),
        MGet { keys: nothing() }.into(),
        MSet { entries: nothing() }.into(),
        MSetNx { entries: nothing() }.into(),
        IncrByFloat::new("string", nan).into(),
        IncrByFloat::new("string", f64::INFINITY).into(),
        HSet { key: Key::from("hash"), entries: nothing() }.into(),
        HMGet { key: Key::from("hash"), fields: nothing() }.into(),
        HDel { key: Key::from("hash"), fields: nothing() }.into(),
        HRandField::new("hash", None).with_values(true).into(),
        HRandField::new("hash", Some(i64::MIN)).into(),
        HScan::new("hash", Cursor::START).count(0).into(),
        SAdd { key: Key::from("set"), members: nothing() }.into(),
        SRem { key: Key::from("set"), members: nothing() }.into(),
        SMIsMember { key: Key::from("set"), members: nothing() }.into(),
        SRandMember::new("set", Some(i64::MIN)).into(),
        SInter { keys: nothing() }.into(),
        SUnion { keys: nothing() }.into(),
        SDiff { keys: nothing() }.into(),
        SInterCard::new(nothing::<Key>()).into(),
        SUnionStore { destination: Key::from("set"), keys: nothing() }.into(),
        LPush { key: Key::from("list"), values: nothing() }.into(),
        RPush { key: Key::from("list"), values: nothing() }.into(),
        LPos::new("list", "a").rank(0).into(),
        LPos::new("list", "a").rank(i64::MIN).into(),
        ZAdd { key: Key::from("zset"), options, members: nothing() }.into(),
        ZAdd::new("zset", options, [(5.0, "a"), (nan, "b")]).into(),
        zadd(ZAddOptions { greater: true, less: true, ..options }),
        zadd(ZAddOptions { condition: Some(Condition::Absent), greater: true, ..options }),
        zadd(ZAddOptions { condition: Some(Condition::Absent), less: true, ..options }),
        ZAddIncr::new("zset", options, nan, "a").into(),
        ZIncrBy::new("zset", nan, "a").into(),
        ZRem { key: Key::from("zset"), members: nothing() }.into(),
        ZMScore { key: Key::from("zset"), members: Vec::<Member>::new() }.into(),
        ZCount::new("zset", not_a_range).into(),
        ZRange::new("zset", ZRangeBy::score(not_a_range)).into(),
        ZRange::new("zset", ZRangeBy::rank(0, -1).limit(0, 1)).into(),
        ZRange::new("zset", ZRangeBy::lex(LexRange::ALL)).with_scores(true).into(),
        ZUnion::new(nothing::<Key>()).into(),
        ZUnion::new(["zset"]).weights(vec![1.0, 2.0]).aggregate(Aggregate::Max).into(),
        ZUnionStore::new("zset", ["zset"]).weights(vec![nan]).into(),
        SetIfEqual::new("string", "5", "v").expiry(SetExpiry::In(-1)).into(),
        IncrBounded::new("string", 1).min(5).max(4).into(),
        IncrBounded::new("string", 1).ttl(0).into(),
    ]
}

async fn alone(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for command in bad_commands().into_iter().filter(|command| can.commands.contains(command.id())) {
        let step = text_of(&command);
        let answer = store.run(command).await;
        notes.refused(&step, ErrorKind::InvalidArgument, &answer);
        notes.unchanged(&step, &before, &store.lines(&keys).await);
    }
    Ok(())
}

async fn in_batches(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let can = subject.capabilities();
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for mode in [Mode::Atomic, Mode::Pipelined] {
        if mode == Mode::Atomic && !can.atomic_batches {
            continue;
        }
        for bad in bad_commands().into_iter().filter(|command| can.commands.contains(command.id())) {
            // Whether the time fits depends on what time it is: a pipeline finds out when it is there.
            let late = matches!(&bad, Command::Set(set) if set.expiry == SetExpiry::In(i64::MAX));
            if mode == Mode::Pipelined && late {
                continue;
            }
            let step = format!("{mode:?} batch with {}", text_of(&bad));
            let first = Set::new("string", "changed").into();
            let (answer, _) =
                store.run_batch(Batch { mode, checks: Vec::new(), commands: vec![first, bad] }).await;
            notes.refused(&step, ErrorKind::InvalidArgument, &answer);
            let at = matches!(&answer, Answer::Error(refusal) if refusal.index == Some(1));
            notes.check(at, &step, "an error that names command 1", &answer);
            notes.unchanged(&step, &before, &store.lines(&keys).await);
        }
    }
    Ok(())
}

async fn checked_pipeline(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    let mut batch = Batch::pipelined();
    batch.check(Check::value_equals("string", Value::from("5")));
    batch.push(Set::new("string", "changed"));
    let (answer, _) = store.run_batch(batch).await;
    notes.refused("a pipeline with a check", ErrorKind::InvalidArgument, &answer);
    notes.unchanged("a pipeline with a check", &before, &store.lines(&keys).await);
    Ok(())
}

async fn cursors(subject: &Subject, notes: &mut Notes) -> Result<()> {
    let store = Store(subject);
    let keys = furnish(subject).await?;
    let before = store.lines(&keys).await;
    for position in [&b"x"[..], b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\0", &[7; 300], "12345678é".as_bytes()]
    {
        let answer = store.run(Scan::new(Cursor::new(position.to_vec()))).await;
        let fine = match &answer {
            Answer::Error(refusal) => refusal.kind == ErrorKind::InvalidArgument && refusal.not_applied,
            answer => matches!(answer, Answer::Array(_)),
        };
        notes.check(fine, format!("SCAN from {position:?}"), "a page or !InvalidArgument", answer);
    }
    notes.unchanged("scans from nowhere", &before, &store.lines(&keys).await);
    Ok(())
}

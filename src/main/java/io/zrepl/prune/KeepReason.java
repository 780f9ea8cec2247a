package io.zrepl.prune;

import java.util.List;

/** Why a snapshot is kept. */
public sealed interface KeepReason {

  /** The reason for people. */
  String text();

  /** Whether it is no rule that keeps the snapshot: it stays for safety, or has to. */
  default boolean sparesFromRules() {
    return false;
  }

  /**
   * A rule of the configuration keeps it.
   *
   * @param number which rule of the list, from 1
   * @param text what the rule says about it
   */
  record ByRule(int number, String text) implements KeepReason {}

  /** There are no rules at all. */
  record NoRules() implements KeepReason {
    @Override
    public String text() {
      return "there are no rules";
    }
  }

  /**
   * No rule keeps it, but without it the next replication of the filesystem could not be
   * incremental.
   *
   * @param text what it is
   */
  record CommonBase(String text) implements KeepReason {
    @Override
    public boolean sparesFromRules() {
      return true;
    }
  }

  /**
   * No rule keeps it, but it has holds, so that ZFS would refuse to destroy it.
   *
   * @param holds how many, at least 1
   * @param tags of the holds, as far as they are known
   */
  record Held(long holds, List<String> tags) implements KeepReason {
    /** Copies the list. */
    public Held {
      tags = List.copyOf(tags);
    }

    Held(long holds) {
      this(holds, List.of());
    }

    @Override
    public boolean sparesFromRules() {
      return true;
    }

    @Override
    public String text() {
      return (holds == 1 ? "it is held" : "it is held %d times".formatted(holds))
          + HolderNames.text(tags);
    }
  }
}

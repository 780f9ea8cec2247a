package io.zrepl.replicate;

/** What to send of a filesystem of which the receiver has nothing. */
public enum InitialReplication {
  /** The newest snapshot. */
  MOST_RECENT,
  /** All snapshots, oldest first. */
  ALL,
  /** Nothing: it is an error. */
  FAIL
}

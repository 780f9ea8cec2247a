package io.zrepl.replicate.run;

/** The two sides of a replication. */
enum Side {
  SENDER,
  RECEIVER;

  /** For messages. */
  String text() {
    return this == SENDER ? "sender" : "receiver";
  }
}

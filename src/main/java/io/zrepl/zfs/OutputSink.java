package io.zrepl.zfs;

/** Takes what a child writes, as it arrives; called by one thread. */
interface OutputSink {
  /**
   * Adds the first {@code count} bytes of the array.
   *
   * @throws ZfsException if no more shall be read; whoever waits for the child gets it
   */
  void add(byte[] bytes, int count) throws ZfsException;

  /** The child has closed its end; nothing is missing. */
  default void end() throws ZfsException {}

  /** What is kept as text. Any thread. */
  String text();
}

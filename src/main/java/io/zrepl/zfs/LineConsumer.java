package io.zrepl.zfs;

/** Takes the output of a command line by line, while it arrives. */
@FunctionalInterface
public interface LineConsumer {
  /**
   * Takes the next line. Called by one thread, but not by that which runs the command; what it
   * leaves behind may be looked at when the command has ended well. Must not block.
   *
   * @param line without its line end; not empty
   * @throws ZfsException if no more shall be read; the command then fails with it
   */
  void accept(String line) throws ZfsException;
}

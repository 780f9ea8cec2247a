package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.util.function.Predicate;

/**
 * What goes wrong in a {@link FakeZfs}: asked before and after every call that starts a process.
 *
 * <p>Throwing from {@link #before} means that nothing happened, throwing from {@link #after} that
 * it happened but the caller is told otherwise.
 */
public interface FakeFaults {
  /** Nothing goes wrong. */
  FakeFaults NONE = new FakeFaults() {};

  /**
   * A call.
   *
   * @param number counts from 1 since the faults were set
   * @param operation its kind
   * @param subject what it is about, as in {@link FakeZfs#journal()}
   */
  record Call(int number, FakeZfs.Operation operation, String subject) {}

  /** Before the call has any effect. */
  default void before(Call call) throws ZfsException, InterruptedException {}

  /** After the call has had its effect. */
  default void after(Call call) throws ZfsException, InterruptedException {}

  /** The daemon is dead: no handler of exceptions must see this, and ZFS does nothing any more. */
  final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    /** Creates the error. */
    public Killed(int boundary) {
      super("killed at boundary " + boundary);
    }
  }

  /**
   * Kills the daemon after the given number of calls: all later ones have no effect. With {@link
   * FakeZfs#journal()} of an undisturbed run, a test can visit every boundary between two commands.
   */
  static FakeFaults killAfter(int calls) {
    return new FakeFaults() {
      @Override
      public void before(Call call) {
        if (call.number() > calls) {
          throw new Killed(calls);
        }
      }
    };
  }

  /** Every matching call fails without effect. */
  static FakeFaults failBefore(Predicate<Call> matching) {
    return new FakeFaults() {
      @Override
      public void before(Call call) throws ZfsException {
        if (matching.test(call)) {
          throw failure(call);
        }
      }
    };
  }

  /** Every matching call fails although it had its effect. */
  static FakeFaults failAfter(Predicate<Call> matching) {
    return new FakeFaults() {
      @Override
      public void after(Call call) throws ZfsException {
        if (matching.test(call)) {
          throw failure(call);
        }
      }
    };
  }

  /** Every call of that kind fails without effect. */
  static FakeFaults failBefore(FakeZfs.Operation operation) {
    return failBefore(call -> call.operation() == operation);
  }

  /** Every call of that kind fails although it had its effect. */
  static FakeFaults failAfter(FakeZfs.Operation operation) {
    return failAfter(call -> call.operation() == operation);
  }

  /** A temporary failure of one filesystem. */
  static ZfsException failure(Call call) {
    return new ZfsException(
        FailureScope.FILESYSTEM,
        true,
        "injected failure of %s %s".formatted(call.operation(), call.subject()),
        null,
        null);
  }
}

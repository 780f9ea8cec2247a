package io.zrepl.rpc;

import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.frame.PeerText;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.transport.ConnectionEndedException;
import io.zrepl.transport.TransportException;
import java.io.IOException;

/** What failures of calls to the other side mean for a job. */
public final class RemoteFailure {
  /**
   * Begins the text of a refusal that is no failure, towards a client whose banner says that it
   * understands this.
   */
  public static final String EXHAUSTED_PREFIX = "resource exhausted: ";

  private RemoteFailure() {}

  /**
   * The other side cannot be reached, or the connection broke.
   *
   * @param target whom it was with, for the message
   */
  public static OperationException ofConnection(String target, IOException failure) {
    return switch (failure) {
      case TransportException e ->
          new OperationException(
              FailureScope.PEER,
              e.temporary(),
              String.valueOf(e.getMessage()),
              e.advice().orElse(null),
              e);
      case ProtocolException e ->
          new OperationException(
              FailureScope.PEER,
              false,
              "%s: %s".formatted(target, e.getMessage()),
              "check that both sides use the same transport, and versions of zrepl that fit",
              e);
      case ConnectionEndedException e ->
          new OperationException(
              FailureScope.PEER,
              true,
              "%s closed the connection".formatted(target),
              "its log says why; if this happens at once, it may not know this client",
              e);
      default ->
          new OperationException(
              FailureScope.PEER,
              true,
              "the connection with %s broke: %s".formatted(target, failure.getMessage()),
              null,
              failure);
    };
  }

  /** It answered with something that is no answer. */
  public static OperationException ofAnswer(String target, InvalidMessageException failure) {
    return new OperationException(
        FailureScope.PEER,
        false,
        "%s sent an invalid answer: %s".formatted(target, failure.message()),
        null,
        failure);
  }

  /**
   * It was asked, and refused or failed.
   *
   * @param text as it came
   * @param knowsExhausted whether both sides know that prefix
   */
  public static OperationException ofText(String target, String text, boolean knowsExhausted) {
    String shown = PeerText.clean(text);
    return knowsExhausted && shown.startsWith(EXHAUSTED_PREFIX)
        ? new ResourceExhaustedException(
            "%s: %s".formatted(target, shown.substring(EXHAUSTED_PREFIX.length())))
        : OperationException.permanent("%s reports: %s".formatted(target, shown));
  }
}

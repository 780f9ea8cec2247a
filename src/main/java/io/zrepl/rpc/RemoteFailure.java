package io.zrepl.rpc;

import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.frame.PeerText;
import io.zrepl.rpc.message.InvalidMessageException;
import io.zrepl.transport.ConnectionEndedException;
import io.zrepl.transport.TransportException;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/** What failures of calls to the other side mean for a job. */
public final class RemoteFailure {
  /**
   * Begins the text of a refusal that is no failure, towards a client whose banner says that it
   * understands this.
   */
  public static final String EXHAUSTED_PREFIX = "resource exhausted: ";

  /** What Go zrepl and OpenZFS say when trying again is of no use. */
  private static final Pattern PERMANENT =
      Pattern.compile(
          "does not implement|requested endpoint does not exist|invalid request|access denied"
              + "|permission denied|dataset does not exist|no such (fs|dataset)|refusing to|forbid"
              + "|has been modified since|most recent snapshot .* does not|already exists",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern POOL_SUSPENDED =
      Pattern.compile("pool (I/O )?is (currently )?suspended");

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
   * It was asked by a data request, and refused or failed.
   *
   * @param text as it came
   * @param common what both sides understand
   */
  public static OperationException ofText(String target, String text, Banner common) {
    String shown = PeerText.clean(text);
    if (common.has(Banner.RESOURCE_EXHAUSTED) && shown.startsWith(EXHAUSTED_PREFIX)) {
      return new ResourceExhaustedException(
          "%s: %s".formatted(target, shown.substring(EXHAUSTED_PREFIX.length())));
    }
    return common.has(Banner.FAILURE_DETAILS)
        ? FailureDetails.ofText(target, shown)
        : ofPlainText(target, shown);
  }

  /**
   * It was asked by a call, and refused or failed.
   *
   * @param text as it came
   * @param details as they came beside it, if so
   */
  public static OperationException ofCall(String target, String text, Optional<String> details) {
    String shown = PeerText.clean(text);
    return details
        .flatMap(FailureDetails::parse)
        .map(known -> known.failure("%s reports: %s".formatted(target, shown)))
        .orElseGet(() -> ofPlainText(target, shown));
  }

  /**
   * Go zrepl says nothing but the text. What is not known to be there to stay may pass: then the
   * step is tried again, as often as the run allows.
   */
  static OperationException ofPlainText(String target, String shown) {
    String message = "%s reports: %s".formatted(target, shown);
    return new OperationException(
        POOL_SUSPENDED.matcher(shown).find() ? FailureScope.POOL : FailureScope.FILESYSTEM,
        !PERMANENT.matcher(shown).find(),
        message,
        null,
        null);
  }
}

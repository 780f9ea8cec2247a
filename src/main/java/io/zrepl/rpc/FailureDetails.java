package io.zrepl.rpc;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.endpoint.ResumeTokenException;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a job decides by when a call has failed, as it travels beside the text between two of our
 * own daemons. Go zrepl sends only the text.
 *
 * <p>On the wire it is {@code SCOPE PERMANENCE KIND}, for example {@code pool temporary general}:
 * in the trailer {@link #TRAILER} of a control call, which others ignore, and in brackets before
 * the text of a data request, if both banners have {@link Banner#FAILURE_DETAILS}.
 *
 * @param scope how far it reaches on the side that failed
 * @param temporary whether the same request may succeed later
 * @param kind what is special about it
 */
public record FailureDetails(FailureScope scope, boolean temporary, Kind kind) {
  /** The name in the metadata of gRPC. */
  public static final String TRAILER = "zrepl-failure";

  /** What is special about a failure. */
  public enum Kind {
    /** Nothing. */
    GENERAL,
    /** The resume token cannot be used. */
    RESUME_TOKEN,
    /** Settings forbid it. */
    POLICY,
    /** There is too much to do. */
    EXHAUSTED
  }

  private static final Pattern FORMAT =
      Pattern.compile(
          "(filesystem|pool|peer|job) (temporary|permanent) (general|resume_token|policy|exhausted)");

  private static final Pattern BEFORE_TEXT =
      Pattern.compile("\\[(" + FORMAT.pattern() + ")\\] (.*)", Pattern.DOTALL);

  /** Those of a failure here. */
  public static FailureDetails of(OperationException failure) {
    Kind kind =
        switch (failure) {
          case ResumeTokenException _ -> Kind.RESUME_TOKEN;
          case PolicyException _ -> Kind.POLICY;
          case ResourceExhaustedException _ -> Kind.EXHAUSTED;
          default -> Kind.GENERAL;
        };
    return new FailureDetails(failure.scope(), failure.temporary(), kind);
  }

  /** As it is on the wire. */
  public String encode() {
    return "%s %s %s"
        .formatted(
            scope.name().toLowerCase(Locale.ROOT),
            temporary ? "temporary" : "permanent",
            kind.name().toLowerCase(Locale.ROOT));
  }

  /** Puts it before a text. */
  public String before(String text) {
    return "[" + encode() + "] " + text;
  }

  /** Reads what a peer sent; empty if it is something else, which is as if it were absent. */
  public static Optional<FailureDetails> parse(String text) {
    Matcher matcher = FORMAT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new FailureDetails(
            FailureScope.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
            matcher.group(2).equals("temporary"),
            Kind.valueOf(matcher.group(3).toUpperCase(Locale.ROOT))));
  }

  /**
   * The failure of a request, from a text that may have details before it.
   *
   * @param target whose text it is, for the message
   */
  static OperationException ofText(String target, String text) {
    Matcher matcher = BEFORE_TEXT.matcher(text);
    Optional<FailureDetails> details =
        matcher.matches() ? parse(matcher.group(1)) : Optional.empty();
    return details.isPresent()
        ? details.get().failure("%s reports: %s".formatted(target, matcher.group(5)))
        : RemoteFailure.ofPlainText(target, text);
  }

  /**
   * The failure as it looks from here: what reaches all of the other side's job reaches everything
   * that needs the other side.
   */
  OperationException failure(String message) {
    return switch (kind) {
      case RESUME_TOKEN -> new ResumeTokenException(message);
      case POLICY -> new PolicyException(message);
      case EXHAUSTED -> new ResourceExhaustedException(message);
      case GENERAL -> {
        FailureScope here =
            switch (scope) {
              case FILESYSTEM, POOL -> scope;
              case PEER, JOB -> FailureScope.PEER;
            };
        yield new OperationException(here, temporary, message, null, null);
      }
    };
  }
}

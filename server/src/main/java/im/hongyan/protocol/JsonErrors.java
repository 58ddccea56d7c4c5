package im.hongyan.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;

/** Converts errors of the JSON parser to rejections that name the field. */
final class JsonErrors {
    private JsonErrors() {}

    /** The rejection for a failure to parse or decode a request. */
    static Rejection rejection(JsonProcessingException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof Rejection rejection) {
                String path = path(e);
                return rejection.field() != null || path.isEmpty()
                        ? (path.isEmpty() ? rejection : nested(rejection, path))
                        : rejection.at(path);
            }
        }
        String path = path(e);
        if (e instanceof UnrecognizedPropertyException) {
            return unknownField(path);
        }
        if (!path.isEmpty()) {
            return Rejection.field(path, "field.type", "'" + path + "' has the wrong type or value");
        }
        return malformed(e);
    }

    static Rejection malformed(JsonProcessingException e) {
        return Rejection.invalid("json.malformed", "malformed JSON: " + firstLine(e));
    }

    /** A check in a nested record names its own field only; the parser knows the path to the record. */
    private static Rejection nested(Rejection rejection, String path) {
        return path.equals(rejection.field()) || path.endsWith("." + rejection.field())
                ? rejection.at(path)
                : rejection.at(path + "." + rejection.field());
    }

    static Rejection unknownField(String path) {
        return Rejection.field(path, "field.unknown", "unknown field '" + path + "'");
    }

    private static String path(JsonProcessingException e) {
        StringBuilder path = new StringBuilder();
        if (e instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                if (step.getFieldName() == null) {
                    path.append('[').append(step.getIndex()).append(']');
                } else {
                    path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
                }
            }
        }
        return path.toString();
    }

    /** The parser's message without its excerpt of the source, which may contain a user's text. */
    private static String firstLine(JsonProcessingException e) {
        String message = e.getOriginalMessage();
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        return VisibleText.cut(line, 160);
    }
}

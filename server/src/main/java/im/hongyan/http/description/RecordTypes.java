package im.hongyan.http.description;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** What the description reads from a class by reflection. */
final class RecordTypes {
    private RecordTypes() {}

    /** An interface whose JSON says by its field {@code type} which record it is. */
    static boolean isChosenByType(Class<?> type) {
        return type.isInterface() && type.isAnnotationPresent(JsonTypeInfo.class);
    }

    /** Whether a record has the fields of such an interface beside its own. */
    static boolean holdsChosenByType(Class<?> record) {
        return Arrays.stream(components(record))
                .anyMatch(component -> component.getAccessor().isAnnotationPresent(JsonUnwrapped.class));
    }

    /** Whether a class is a string in JSON: it has a creator that takes one. */
    static boolean isText(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(JsonCreator.class))
                .anyMatch(method -> method.getParameterCount() == 1 && method.getParameterTypes()[0] == String.class);
    }

    static boolean isRaw(RecordComponent component) {
        return component.getAccessor().isAnnotationPresent(JsonRawValue.class);
    }

    /** The name of a field in JSON. It may differ from the component, which cannot be a Java keyword. */
    static String jsonName(RecordComponent component) {
        JsonProperty other = component.getAccessor().getAnnotation(JsonProperty.class);
        return other == null ? component.getName() : other.value();
    }

    static String nameOf(Class<?> type) {
        return type.getName().replace('$', '.');
    }

    static RecordComponent[] components(Class<?> type) {
        return type.isRecord() ? type.getRecordComponents() : new RecordComponent[0];
    }
}

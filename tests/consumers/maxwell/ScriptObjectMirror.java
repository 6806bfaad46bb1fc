package jdk.nashorn.api.scripting;

// Maxwell's classes name it; Java has it no longer, and no script is run here.
public class ScriptObjectMirror {
    public boolean isFunction() { return false; }

    public Object call(Object of, Object... arguments) { throw new UnsupportedOperationException(); }

    public Object callMember(String name, Object... arguments) { throw new UnsupportedOperationException(); }
}

"""流程交换: process definitions as BPMN 2.0 XML, drawn, and back."""
